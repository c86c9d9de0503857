//! The text of an XMP packet (ISO 16684-1): values between tags and in attributes.

use quick_xml::XmlVersion;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Bytes of a packet that are read.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// The values of a packet, as far as it is well-formed. A declaration of a document type ends it.
pub(super) fn values(packet: &[u8]) -> Vec<String> {
    let packet = packet.get(..BYTES_MAX).unwrap_or(packet);
    let text = String::from_utf8_lossy(packet);
    let mut reader = Reader::from_str(&text);
    let mut values = Vec::new();
    let mut open = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Text(piece)) => open.push_str(&piece.xml10_content()),
            Ok(Event::GeneralRef(reference)) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let named = quick_xml::escape::resolve_xml_entity(&reference).map(str::to_owned);
                open.push_str(&character.map(String::from).or(named).unwrap_or_default());
            }
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                keep(&mut open, &mut values);
                for attribute in tag.attributes().flatten() {
                    let key = attribute.key.as_ref();
                    if !key.starts_with("xmlns") && key != "rdf:about" && key != "rdf:parseType" {
                        open.push_str(
                            &attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_default(),
                        );
                        keep(&mut open, &mut values);
                    }
                }
            }
            Ok(Event::End(_)) => keep(&mut open, &mut values),
            Ok(Event::Eof | Event::DocType(_)) | Err(_) => break,
            Ok(_) => {}
        }
    }
    values
}

fn keep(open: &mut String, values: &mut Vec<String>) {
    let value = std::mem::take(open);
    if !value.trim().is_empty() {
        values.push(value.trim().to_owned());
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_of_elements_and_attributes_are_read_and_names_of_spaces_are_not() {
        let packet = b"<?xpacket begin='' id='x'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='r'>\
            <rdf:Description rdf:about='' pdf:Producer='Made &amp; kept'><dc:creator><rdf:Seq><rdf:li>Lin &#x4F73;\
            </rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>   <?xpacket end='w'?>";
        assert_eq!(super::values(packet), ["Made & kept", "Lin \u{4F73}"]);
    }
}
