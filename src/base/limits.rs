//! Every limit on what comes from outside, with its unit, in one place.

/// Bytes of one uploaded component.
pub const COMPONENT_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
/// Components of one version of a record.
pub const COMPONENTS_MAX: usize = 64;
/// Bytes up to which a payload lies in the database instead of a file of its own.
pub const INLINE_BYTES_MAX: u64 = 64 * 1024;
/// Characters of a title, a party's name, a case reference's subject.
pub const TITLE_CHARS_MAX: usize = 300;
/// Characters of a reference, an external id, an idempotency key.
pub const REFERENCE_CHARS_MAX: usize = 120;
/// Bytes of a file name as it came, in UTF-8 (what common file systems take).
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Characters of a purpose, a reason or an explanation.
pub const REASON_CHARS_MAX: usize = 500;
/// Characters of a note or a description.
pub const NOTE_CHARS_MAX: usize = 20_000;
/// Parties of one record or case.
pub const PARTIES_MAX: usize = 100;
/// Links of one capture.
pub const LINKS_MAX: usize = 200;
/// Custom fields of one descriptor.
pub const CUSTOM_FIELDS_MAX: usize = 100;
/// Characters of a custom field's name.
pub const CUSTOM_NAME_CHARS_MAX: usize = 80;
/// Characters of a custom field's value.
pub const CUSTOM_VALUE_CHARS_MAX: usize = 4_000;
/// Items of one list in the typed fields (purposes, operations, systems …).
pub const LIST_ITEMS_MAX: usize = 200;
/// Tags of one record or case.
pub const TAGS_MAX: usize = 50;
/// Bytes of a JSON request body that carries no content.
pub const JSON_BYTES_MAX: usize = 1024 * 1024;
/// Nesting of JSON that comes from outside.
pub const JSON_DEPTH_MAX: usize = 32;
/// Entries of one bulk capture.
pub const BULK_ENTRIES_MAX: u64 = 5_000_000;
/// Bytes of one line of a bulk capture.
pub const BULK_LINE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the plaintext of one segment of a bulk capture.
pub const SEGMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Entries of one segment.
pub const SEGMENT_ENTRIES_MAX: usize = 16_384;
/// Entries of one segment that are erased at once.
pub const ERASED_AT_ONCE_MAX: usize = 1_000;
/// Bytes of a certificate of destruction that is checked.
pub const CERTIFICATE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Records of one disposition.
pub const DISPOSED_AT_ONCE_MAX: usize = 10_000;
/// Bytes of one ledger entry.
pub const LEDGER_ENTRY_BYTES_MAX: usize = 65_535;
/// Captures that share one commit.
pub const GROUP_MAX: usize = 256;
/// Rows of a manifest or a foreign export.
pub const MANIFEST_ROWS_MAX: usize = 1_000_000;
/// Bytes of a foreign XLSX export.
pub const WORKBOOK_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Items of one page of a list.
pub const PAGE_ITEMS_MAX: usize = 500;
/// Characters of a search query.
pub const QUERY_CHARS_MAX: usize = 1_000;
/// Bytes of one document whose text is extracted.
pub const EXTRACT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of a file or entry of which a redacted rendition is made at once.
pub const RENDITION_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of text in which personal data is looked for at once; longer ones are looked at in pieces.
pub const DETECT_TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Marked texts by which the engine is measured in one request.
pub const EVAL_TEXTS_MAX: usize = 1_000;
/// Marked places of one such text.
pub const EVAL_PLACES_MAX: usize = 2_000;
/// Seconds after which a spool file or an unfinished upload is swept.
pub const SPOOL_SECONDS_MAX: i64 = 7 * 24 * 3600;
/// Seconds for which the key of a request is remembered.
pub const IDEMPOTENCY_SECONDS_MAX: i64 = 30 * 24 * 3600;
/// Seconds after which a payload that no record names is swept.
pub const ORPHAN_SECONDS_MAX: i64 = 24 * 3600;
/// Bytes of one age header: two recipients take about 400, a rotation in progress twice that.
pub const AGE_HEADER_BYTES_MAX: usize = 16 * 1024;
/// Bytes of one file of the key directory.
pub const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;
/// Characters of a ledger's origin, as it stands in checkpoints.
pub const LOG_ORIGIN_CHARS_MAX: usize = 120;
/// Base-2 logarithm of the work that opening a passphrase-protected identity file may cost (scrypt N).
pub const SCRYPT_WORK_FACTOR_MAX: u8 = 22;
/// Characters of one word by which the search index knows it; what follows is confirmed on the text.
pub const SEARCH_WORD_CHARS_MAX: usize = 64;
/// Words and phrases of one search query.
pub const QUERY_TERMS_MAX: usize = 32;
/// Index tokens that one word or phrase of a query asks for; the text confirms the rest.
pub const QUERY_TOKENS_MAX: usize = 64;
/// Columns of a manifest, a foreign export or a CSV log.
pub const TABLE_COLUMNS_MAX: usize = 500;
/// Bytes of a manifest or of a foreign export in CSV or JSON.
pub const TABLE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Values of a foreign export in JSON, objects and lists among them: each takes up to some hundred bytes
/// of memory.
pub const TABLE_VALUES_MAX: usize = 4_000_000;
/// Bytes that a foreign XLSX export may unpack to, its members and, again, the texts of its cells.
pub const WORKBOOK_UNPACKED_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Events of one case.
pub const CASE_EVENTS_MAX: usize = 10_000;
/// Faults reported for one input; the others are counted only.
pub const FAULTS_MAX: usize = 100;
/// Characters of a category.
pub const CATEGORY_CHARS_MAX: usize = 80;
/// Characters of a media type with its character set.
pub const MEDIA_TYPE_CHARS_MAX: usize = 127;
/// Activities that one processing log's descriptor sums up.
pub const ACTIVITIES_MAX: usize = SEGMENT_ENTRIES_MAX;
/// Writes that wait for the writer; further callers wait for a place.
pub const WRITE_QUEUE_MAX: usize = 1_024;
/// Places (cells, values, elements, paragraphs) of one document whose text is extracted.
pub const EXTRACT_PARTS_MAX: usize = 4_000_000;
/// Nesting of a JSON document whose text is extracted.
pub const DOCUMENT_JSON_DEPTH_MAX: usize = 128;
/// Nesting of an XML document whose text is extracted.
pub const DOCUMENT_XML_DEPTH_MAX: usize = 256;
/// Items of one export bundle: their numbers have six digits.
pub const BUNDLE_ITEMS_MAX: usize = 999_999;
/// Files of one export bundle.
pub const BUNDLE_FILES_MAX: u64 = 8_000_000;
/// Bytes of a list that a bundle holds beside the evidence: a manifest, a table, the openings.
pub const BUNDLE_LIST_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of one small text of a bundle: `record.json`, a proof, a signature.
pub const BUNDLE_TEXT_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes above which a file of a bundle is stored, never deflated: then no honest file of that
/// size unpacks to many times what it takes.
pub const BUNDLE_DEFLATE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How many times its packed size a large file, or a whole bundle, may unpack to.
pub const BUNDLE_UNPACK_RATIO_MAX: u64 = 100;
/// Bytes that a bundle may unpack to whatever the ratio.
pub const BUNDLE_UNPACK_FREE_BYTES: u64 = 1024 * 1024 * 1024;
/// Uploads of one person that no record has taken over.
pub const UPLOADS_OPEN_MAX: usize = 256;
/// Bytes that the uploads of one person, not yet captured, are announced to have together.
pub const UPLOADS_OPEN_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;
/// Jobs of one person that have not ended.
pub const JOBS_OPEN_MAX: u64 = 20;
/// Times that a job is begun before it counts as one that ends the process.
pub const JOB_ATTEMPTS_MAX: u32 = 3;
/// Bytes of a foreign export that comes over HTTP: it is held in memory while it is read.
pub const FEED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rows of a foreign export that are captured by one request: each is answered for.
pub const FEED_ROWS_MAX: usize = 20_000;
/// Bytes of a mapping profile.
pub const PROFILE_BYTES_MAX: usize = 256 * 1024;
/// Records whose proofs one export of the ledger holds.
pub const LEDGER_PROOFS_MAX: usize = 10_000;
/// Items that one export names one by one.
pub const EXPORT_IDS_MAX: usize = 10_000;
/// Bytes of a list of ids.
pub const EXPORT_IDS_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes of a small text part of the form.
pub const ENTRIES_WORD_BYTES_MAX: usize = 64;
/// Bytes of the word in the part `on_fault`.
pub const FEED_WORD_BYTES_MAX: usize = 32;
/// Bytes of a body from somebody who is not known yet: a log-in.
pub const STRANGER_BYTES_MAX: usize = 16 * 1024;
/// Seconds in which somebody who ordered an answer has to take something of it.
pub const ANSWER_STILL_SECONDS: u64 = 120;
/// Seconds that one answer may make the service wait for its reader before its pace counts.
pub const ANSWER_GRACE_SECONDS: u64 = 60;
/// Bytes that have to be taken of an answer for each further second.
pub const ANSWER_PACE_BYTES: u64 = 1_024;
/// Characters of a tier or priority.
pub const LEVEL_CHARS_MAX: usize = 40;
/// Days that the holidays of one file may name.
pub const HOLIDAYS_MAX: usize = 5_000;
/// Seconds by which what is captured may lie ahead of the clock.
pub const CAPTURE_AHEAD_SECONDS_MAX: i64 = 24 * 3600;
/// The earliest time (seconds since 1970) that a clock may show: 2020-01-01, before the first archive.
pub const CLOCK_SECONDS_MIN: i64 = 1_577_836_800;
/// Seconds by which the clock of whoever reports an event may run before ours.
pub const EVENT_AHEAD_SECONDS_MAX: i64 = 300;
/// The largest sum of money in the smallest unit that every JSON reader keeps.
pub const MINOR_UNITS_MAX: u64 = (1 << 53) - 1;
/// Requests of one person that may wait at the same time.
pub const APPROVALS_WAITING_MAX: usize = 50;
/// Bytes of a request's parameters in canonical JSON.
pub const APPROVAL_PARAMETERS_BYTES_MAX: usize = 64 * 1024;
/// Sessions of one person that may stand at the same time; the oldest gives way.
pub const SESSIONS_MAX: usize = 32;
/// Characters of a log-in name.
pub const USER_NAME_CHARS_MAX: usize = 80;
/// Tokens of one person that may stand at the same time.
pub const TOKENS_MAX: usize = 50;
/// Hits of one page.
pub const SEARCH_HITS_MAX: usize = 100;
/// Seconds for which one page of a search is worked on, those for which its documents are read among them.
pub const SEARCH_SECONDS_MAX: u64 = 10;
/// Seconds of a processor that one page of a search takes in the service itself.
pub const SEARCH_CPU_SECONDS_MAX: u64 = 5;
/// Characters a password has at least.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Characters a password has at most.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Bytes of a proof file: far more than 64 hashes and a checkpoint with a hundred cosignatures.
pub const PROOF_BYTES_MAX: usize = 1_000_000;
/// Bytes of a file with a public key.
pub const VKEY_BYTES_MAX: u64 = 4_096;
/// Bytes of a file that holds a token or a password.
pub const SECRET_FILE_BYTES_MAX: u64 = 4_096;
/// Bytes of a policy file, of a case file, or of an explanation.
pub const POLICY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Days that pass at least, and at most, between the notice of a campaign that re-bases older records and its effect.
pub const CAMPAIGN_DAYS: std::ops::RangeInclusive<u64> = 30..=365;
/// Records that are judged again while somebody waits for a publication: after more has happened than that, another
/// simulation is asked for.
pub const SIMULATED_AT_ONCE_MAX: usize = 20_000;
/// Suggestions of one person that wait for a decision.
pub const SUGGESTIONS_OPEN_MAX: u64 = 100;
/// Policies of one archive: every one of them is held against the ledger before anything is judged.
pub const POLICIES_MAX: usize = 100;
/// Versions of one policy.
pub const POLICY_VERSIONS_MAX: usize = 500;
/// Obligations of one policy.
pub const OBLIGATIONS_MAX: usize = 2_000;
/// Categories, chains, events, tables and procedures of one policy, each.
pub const POLICY_ITEMS_MAX: usize = 2_000;
/// Stages of one approval chain.
pub const APPROVAL_STAGES_MAX: usize = 5;
/// Approvers or witnesses that one step may ask for.
pub const APPROVERS_MAX: i64 = 9;
/// Months of a period: a thousand years.
pub const PERIOD_MONTHS_MAX: u32 = 12_000;
/// Days of a period: a thousand years.
pub const PERIOD_DAYS_MAX: u32 = 365_243;
/// Characters of a trigger expression.
pub const TRIGGER_CHARS_MAX: usize = 2_000;
/// Nesting of a trigger expression, and periods added one behind the other.
pub const TRIGGER_DEPTH_MAX: usize = 16;
/// Characters of a type of events or of the name of a key.
pub const TRIGGER_NAME_CHARS_MAX: usize = 40;
/// Characters of the id of a policy, an obligation or anything else that a policy declares.
pub const POLICY_ID_CHARS_MAX: usize = 80;
/// Characters of a citation.
pub const CITATION_CHARS_MAX: usize = 300;
/// Entries of one archive (ZIP, Office document) whose text is extracted.
pub const ARCHIVE_ENTRIES_MAX: usize = 4_000;
/// Bytes that a document with all documents inside it may inflate to.
pub const ARCHIVE_INFLATED_BYTES_MAX: u64 = 300_000_000;
/// How many times its packed size an entry of an archive may inflate to.
pub const ARCHIVE_RATIO_MAX: u64 = 250;
/// Bytes that an entry may inflate to whatever the ratio: small tables of blanks pack well.
pub const ARCHIVE_RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// Archives and compound files within each other.
pub const ARCHIVE_DEPTH_MAX: usize = 3;
/// Embedded objects within each other, each with one file in it.
pub const OBJECT_DEPTH_MAX: usize = 6;
/// Mail messages within each other.
pub const MAIL_DEPTH_MAX: usize = 5;
/// Parts of one mail message, those of messages within it among them.
pub const MAIL_PARTS_MAX: usize = 1_000;
/// Columns of one sheet, as Excel has them.
pub const SHEET_COLUMNS_MAX: u32 = 16_384;
/// Rows of one sheet, as Excel has them.
pub const SHEET_ROWS_MAX: u32 = 1_048_576;
/// Bytes that the packed streams of one PDF may unpack to.
pub const PDF_UNPACKED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How many times its own size a PDF may unpack to, if that is more than `PDF_UNPACKED_FREE_BYTES`.
pub const PDF_UNPACK_RATIO_MAX: u64 = 250;
/// Bytes that a PDF may unpack to whatever the ratio.
pub const PDF_UNPACKED_FREE_BYTES: u64 = 64 * 1024 * 1024;
/// Pages of one PDF.
pub const PDF_PAGES_MAX: usize = 2_000;
/// Glyphs of one page of a PDF.
pub const PDF_GLYPHS_MAX: usize = 1_000_000;
/// Operators that one page of a PDF may come to, forms drawn again counted again.
pub const PDF_OPERATORS_MAX: u64 = 10_000_000;
/// Pixels of one picture of a PDF, and of the picture made of one page.
pub const PDF_PIXELS_MAX: u64 = 40_000_000;
/// Dots per inch of the picture made of one page.
pub const PDF_DOTS_PER_INCH_MAX: u16 = 200;
/// Members that one hold may have; what holds more is a live hold by a key.
pub const HOLD_MEMBERS_MAX: usize = 100_000;
/// Members that are named to a hold at once.
pub const HOLD_MEMBERS_AT_ONCE_MAX: usize = 1_000;
/// Members of a hold that one entry of the ledger names.
pub const HOLD_BATCH_MEMBERS_MAX: usize = 950;
/// Live holds by a saved query: each reads every record that is about to be destroyed.
pub const HOLD_QUERIES_MAX: usize = 100;
/// The same in one matter, and of one person.
pub const HOLD_QUERIES_OF_ONE_MAX: usize = 10;
/// People who are told of a hold at once.
pub const HOLD_RECIPIENTS_MAX: usize = 200;
/// Nesting of the objects of a PDF.
pub const PDF_DEPTH_MAX: usize = 100;
/// Files embedded in one PDF, and annotations, fields and bookmarks of one PDF.
pub const PDF_ITEMS_MAX: usize = 20_000;
/// Bytes of the JSON head of a frame between the service and the process that reads a document.
pub const WORKER_HEAD_BYTES_MAX: usize = 32 * 1024;
/// Bytes that such a frame carries behind its head.
pub const WORKER_BLOB_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of text that one document may have: a text in Windows-1252 doubles in UTF-8.
pub const WORKER_TEXT_BYTES_MAX: u64 = 2 * EXTRACT_BYTES_MAX;
/// Bytes of the whole answer about one document, with the places of its parts.
pub const WORKER_ANSWER_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Bytes of the place or the label of one part; what is longer is cut.
pub const WORKER_PLACE_BYTES_MAX: usize = 4 * 1024;
/// Documents within each other that one answer may tell of.
pub const WORKER_DEPTH_MAX: usize = 16;
/// Documents that one answer may tell of, those inside others among them.
pub const WORKER_DOCUMENTS_MAX: usize = 10_000;
/// Pages of a document that an answer names because it is not certain what they say; more are counted.
pub const WORKER_DOUBTFUL_MAX: usize = 100;
/// Bytes of the order by which the process that reads a document makes a redacted copy of it.
pub const WORKER_ORDER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of the font that is given to that process.
pub const WORKER_FONT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Bytes of a redacted copy, or of the picture of a page.
pub const COPY_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of the report of a redacted copy.
pub const COPY_REPORT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Places that the report of a redacted copy names; more are counted.
pub const COPY_ENTRIES_MAX: usize = 200_000;
/// Boxes that a person gives for the pages of one document.
pub const LOOKED_AT_BOXES_MAX: usize = 10_000;
/// Words that somebody names to be hidden in a document.
pub const TERMS_MAX: usize = 2_000;
/// Characters of such a word.
pub const TERM_CHARS_MAX: usize = 512;
/// Bytes of address space of the process that reads a document.
pub const WORKER_MEMORY_BYTES_MAX: u64 = 1536 * 1024 * 1024;
/// Seconds of a processor that it may take.
pub const WORKER_CPU_SECONDS_MAX: u64 = 60;
/// Seconds after which it is ended, whatever it does.
pub const WORKER_WALL_SECONDS_MAX: u64 = 60;
/// Files that it may have open: the three that it is started with, and what the system takes to begin.
pub const WORKER_FILES_MAX: u64 = 16;
/// Bytes up to which a text is read without a process of its own.
pub const WORKER_HERE_BYTES_MAX: usize = 64 * 1024;
/// Processes that read documents at the same time.
pub const WORKERS_MAX: usize = 64;
/// Keys of one retention event.
pub const EVENT_KEYS_MAX: usize = 16;
/// Retention events that one request may record.
pub const EVENTS_AT_ONCE_MAX: usize = 1_000;
/// Records of which a second person can be given the list before an event is corrected.
pub const EVENT_RECORDS_MAX: usize = 10_000;
