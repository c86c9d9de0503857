//! The types of personal data that the engine knows.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A type of personal data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// Every type, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name at every boundary: reports, policies, `detect --jsonl`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads a name; `None` if there is no such type.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    /// A natural person's name, also a surname or given name alone.
    Person = "PERSON";
    /// A company, authority, court, school, association.
    Organization = "ORGANIZATION";
    /// A place without a street: city, country, region.
    Location = "LOCATION";
    /// A postal address or a part of one below the city.
    Address = "ADDRESS";
    /// A telephone or fax number with its extension.
    Phone = "PHONE";
    /// An e-mail address.
    Email = "EMAIL";
    /// A bank or credit card, and a Chinese bank account.
    PaymentCard = "PAYMENT_CARD";
    /// An international bank account number.
    Iban = "IBAN";
    /// A bank account number.
    BankAccount = "BANK_ACCOUNT";
    /// A US social security number.
    UsSsn = "US_SSN";
    /// A passport.
    Passport = "PASSPORT";
    /// A driving licence (outside the mainland).
    DriverLicense = "DRIVER_LICENSE";
    /// Any other number that stands for a person or a case: docket, medical record, policy, staff.
    IdNumber = "ID_NUMBER";
    /// An identity card: mainland, Taiwan, Hong Kong, Macau, residence permits.
    IdCard = "ID_CARD";
    /// A permit to travel between the mainland, Hong Kong, Macau and Taiwan.
    TravelPermit = "TRAVEL_PERMIT";
    /// A military identity card.
    MilitaryId = "MILITARY_ID";
    /// A company's registration code: 统一社会信用代码, 组织机构代码, 統一編號.
    Uscc = "USCC";
    /// A number plate.
    Plate = "PLATE";
    /// A vehicle identification number.
    Vin = "VIN";
    /// A mobile device's number.
    Imei = "IMEI";
    /// A mainland driving licence's file number.
    DriverFile = "DRIVER_FILE";
    /// A social security account.
    SocialSecurity = "SOCIAL_SECURITY";
    /// A health insurance card.
    HealthCard = "HEALTH_CARD";
    /// An invoice number.
    InvoiceNo = "INVOICE_NO";
    /// A court's case number (Chinese forms).
    CaseNo = "CASE_NO";
    /// A postal code that stands alone.
    Postcode = "POSTCODE";
    /// An ethnic group of the mainland.
    Ethnicity = "ETHNICITY";
    /// A date of birth.
    DateOfBirth = "DATE_OF_BIRTH";
    /// Any other date.
    Date = "DATE";
    /// A WeChat or LINE account.
    Wechat = "WECHAT";
    /// A QQ account.
    Qq = "QQ";
    /// Any other account name.
    Username = "USERNAME";
    /// A key, token or password.
    Secret = "SECRET";
    /// An internet address of a machine.
    Ip = "IP";
    /// A network card's address.
    Mac = "MAC";
    /// A web address.
    Url = "URL";
    /// A person's age; looked for only where a profile names it.
    Age = "AGE";
    /// A sum of money; looked for only where a profile names it.
    Amount = "AMOUNT";
    /// The number of an order, a ticket, a contract; looked for only where a profile names it.
    Reference = "REFERENCE";
    /// Found by a recogniser of the policy.
    Custom = "CUSTOM";
}

impl Kind {
    /// True for what names nobody and yet leads back to a person or a case: looked for only where
    /// it is asked for.
    pub const fn is_trace(self) -> bool {
        matches!(self, Self::Age | Self::Amount | Self::Reference)
    }

    /// True for what the name models find (the rest is found by rules alone).
    pub const fn is_name(self) -> bool {
        matches!(self, Self::Person | Self::Organization | Self::Location | Self::Address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_back_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(Kind::parse("person"), None);
    }
}
