//! Values for English templates.

use crate::draw::Draw;
use crate::sources::Sources;

pub struct ValuesEn {
    american_given: Vec<String>,
    american_last: Vec<String>,
    /// By locale: given names, surnames.
    world: Vec<(Vec<String>, Vec<String>)>,
    cities: Vec<(String, String)>,
    american_cities: Vec<String>,
    countries: Vec<String>,
    states: Vec<(String, String)>,
}

const STREETS: &str = "Main Oak Maple Cedar Elm Pine Washington Lake Hill Park Walnut Spring North South Church Highland Forest River Jefferson Lincoln Madison Franklin Jackson Adams Birch Willow Sunset Ridge Meadow Hickory Dogwood Poplar Aspen Cherry Chestnut Sycamore Magnolia Juniper Hawthorn Alder Mulberry Broadway Market Mill Union Court Center Victoria Station King Queen Albert Windsor York Grove Manor Abbey Castle Bridge";
const STREET_ENDS: &str = "Street St Avenue Ave Road Rd Lane Ln Drive Dr Boulevard Blvd Court Ct Place Pl Way Circle Terrace Parkway Square Crescent Close Trail Highway";
const SUFFIXES: &str = "Inc Inc. LLC Ltd Ltd. Corp Corp. Corporation Limited PLC Group Holdings Company Co. Partners LLP GmbH AG S.A. L.P. Industries Enterprises Solutions Systems Technologies Services International Associates & Co Bank Trust Foundation";
const TRADES: &str = "Software Logistics Energy Capital Foods Media Insurance Health Pharma Pharmaceuticals Motors Airlines Analytics Robotics Networks Consulting Construction Textiles Mining Steel Oil Gas Telecom Electronics Medical Dental Legal Financial Investments Realty Properties Travel Security Data Cloud Digital Design Marketing Staffing Engineering Chemical Marine Auto Tech Plumbing Heating Bakery Coffee";
const BRANDS: &str = "Acme Globex Initech Umbrella Stark Wayne Vertex Apex Summit Pinnacle Horizon Nova Quantum Orion Atlas Titan Phoenix Falcon Eagle Liberty Pioneer Frontier Heritage Sterling Crescent Evergreen Bluewater Redwood Silverline Goldman Ironwood Northwind Southgate Eastbrook Westfield Lakeside Brightstar Clearwater Greenfield Stonebridge Highland Kingsway Sunrise Meridian Pacific Atlantic Continental National United General First American Nordic Alpine Baltic Iberia Zenith Omni Cyber Nano Bio Gen Medi Agri Petro Aero Hydro Geo Terra Luna Solar Astra Helix Delta Sigma Omega Alpha Vandelay Hooli Contoso Fabrikam Tyrell Wonka Soylent Oscorp Cyberdyne Dynamic Massive Consolidated Amalgamated";
const REAL: &str = "Google|Microsoft|Apple|Amazon|IBM|Oracle|Intel|Sony|Nokia|Samsung|Toyota|Honda|Ford|General Motors|Boeing|Airbus|Shell|BP|Exxon|Chevron|Walmart|Target|Costco|Starbucks|McDonald's|Coca-Cola|Pepsi|Nike|Adidas|Disney|Netflix|Facebook|Twitter|YouTube|CNN|BBC|Reuters|Associated Press|The New York Times|Washington Post|Wall Street Journal|Goldman Sachs|JPMorgan Chase|Bank of America|Wells Fargo|Citibank|HSBC|Barclays|Deutsche Bank|UBS|Visa|Mastercard|American Express|PayPal|FedEx|UPS|DHL|Verizon|AT&T|Comcast|FBI|CIA|NASA|NATO|UN|United Nations|European Union|World Bank|IMF|WHO|Red Cross|Supreme Court|Congress|Senate|House of Representatives|Parliament|Pentagon|White House|Republican Party|Democratic Party|Labour Party|Harvard University|Stanford University|MIT|Yale|Oxford University|University of Cambridge|Mayo Clinic|Johns Hopkins Hospital|Manchester United|Real Madrid|New York Yankees|Boston Red Sox|Los Angeles Lakers|Chicago Bulls|Hamas|Hezbollah|Enron|Lehman Brothers|Arthur Andersen|Siemens|Volkswagen|BMW|Pfizer|Novartis|Roche|Bayer";
const NATIONS: &str = "Polish Turkish British Russian French German Italian Spanish Austrian Swiss Ukrainian Romanian Bulgarian Greek Croatian Dutch Belgian Swedish Finnish Norwegian Danish Hungarian Czech Slovak Irish Portuguese";
const TITLES: &str = "CEO|CFO|President|Vice President|Director|Managing Director|Senior Software Engineer|Data Analyst|Legal Counsel|Project Manager|Chairman|Secretary|Professor|Nurse|Teacher|Account Manager|Marketing Director|Spokesman|Partner|Attorney|Accountant|Chief Medical Officer|Sales Representative|Treasurer|Coach|Editor";
const PRODUCTS: &str = "router|laptop|phone|credit card|mortgage|insurance|subscription|software|printer|washing machine|cloud storage|payroll|data migration|consulting|warranty|loan|order|flight|membership|medication";

impl ValuesEn {
    pub fn new(sources: &Sources) -> Self {
        let names = |list: Vec<(String, f32)>| -> Vec<String> {
            list.into_iter()
                .map(|(name, _)| name)
                .filter(|name| {
                    name.chars().count() >= 2
                        && name.chars().all(|c| c.is_alphabetic() || "' -.".contains(c))
                        && name.chars().next().is_some_and(|c| c.is_uppercase() && (c as u32) < 0x250)
                })
                .collect()
        };
        let capital = |name: &str| name[..1].to_uppercase() + &name[1..];
        let mut american_given: Vec<String> = Vec::new();
        for file in ["dist.male.first", "dist.female.first"] {
            let all = sources.census(file);
            // The commonest are drawn more often, by being in the list more often.
            american_given
                .extend(all.iter().take(150).flat_map(|(name, _)| std::iter::repeat_n(capital(name), 6)));
            american_given.extend(all.iter().take(1500).map(|(name, _)| capital(name)));
        }
        let last = sources.census("dist.all.last");
        let mut american_last: Vec<String> =
            last.iter().take(300).flat_map(|(name, _)| std::iter::repeat_n(capital(name), 12)).collect();
        american_last.extend(last.iter().take(12_000).map(|(name, _)| capital(name)));
        let world = sources
            .locales()
            .iter()
            .filter(|locale| {
                !locale.starts_with("zh") && !locale.starts_with("ja") && !locale.starts_with("ko")
            })
            .map(|locale| sources.faker(locale))
            .map(|(given, last)| (names(given), names(last)))
            .filter(|(given, last)| given.len() > 20 && last.len() > 20)
            .collect();
        let cities: Vec<(String, String)> =
            sources.cities().into_iter().map(|(name, country, _)| (name, country)).collect();
        let american_cities =
            cities.iter().filter(|(_, country)| country == "US").map(|(name, _)| name.clone()).collect();
        let (countries, states) = sources.countries();
        Self { american_given, american_last, world, cities, american_cities, countries, states }
    }

    /// Given name, surname, the whole.
    pub fn person(&self, draw: &mut Draw) -> (String, String, String) {
        let (given, last) = if draw.chance(60) {
            (draw.pick(&self.american_given).clone(), draw.pick(&self.american_last).clone())
        } else {
            let (given, last) = draw.pick(&self.world);
            (draw.pick(given).clone(), draw.pick(last).clone())
        };
        let last = if draw.chance(4) {
            format!("{last}-{}", draw.pick(&self.american_last))
        } else if draw.chance(2) {
            format!("O'{last}")
        } else {
            last
        };
        let initial = char::from(b'A' + draw.below(26) as u8);
        let whole = match draw.below(24) {
            0 | 1 => format!("{given} {initial}. {last}"),
            2 => format!("{}. {last}", &given.chars().take(1).collect::<String>()),
            3 => format!("{given} {} {last}", draw.pick(&self.american_given)),
            4 => format!("{last}, {given}"),
            5 => format!("{given} {last} {}", draw.word("Jr. Sr. III MD Esq. PhD")),
            6 => format!("{given} {initial} {last}"),
            7 => given.clone(),
            8 => format!("{} {}", given.to_uppercase(), last.to_uppercase()),
            9 => format!("{given} {} {last}", draw.word("de van von der da di del la bin al")),
            _ => format!("{given} {last}"),
        };
        (given, last, whole)
    }

    pub fn place(&self, draw: &mut Draw) -> String {
        match draw.below(12) {
            0..4 => draw.pick(&self.cities).0.clone(),
            4 | 5 => self.cities[draw.below(400)].0.clone(),
            6 | 7 => draw.pick(&self.countries).clone(),
            8 => draw.pick(&self.states).1.clone(),
            9 => {
                let state = draw.pick(&self.states);
                format!("{}, {}", draw.pick(&self.american_cities), if draw.chance(50) { &state.0 } else { &state.1 })
            }
            10 => draw.word("Europe Asia Africa Texas California London Paris Berlin Tokyo Beijing Moscow Iraq Iran Israel US USA U.S. UK Washington Chicago Boston Florida Gaza Baghdad Cairo Delhi Mumbai Sydney Toronto Warsaw Vienna Ankara Kyiv").to_owned(),
            _ => draw.pick(&self.american_cities).clone(),
        }
    }

    pub fn street(&self, draw: &mut Draw) -> String {
        let name = if draw.chance(60) {
            draw.word(STREETS).to_owned()
        } else {
            draw.pick(&self.american_last).clone()
        };
        match draw.below(14) {
            0 => format!("{} {name} {}", draw.word("N S E W North West"), draw.word(STREET_ENDS)),
            1 => format!(
                "{}{} {}",
                draw.range(1, 120),
                draw.word("st nd rd th"),
                draw.word("Street Avenue St Ave")
            ),
            2 => format!("{}straße", draw.pick(&self.american_last)),
            3 => {
                format!("{}{}", draw.pick(&self.cities).0, draw.word("vej vägen gatan straat weg gasse gade"))
            }
            4 => format!(
                "{} {}",
                draw.word("Rue Via Calle Avenida Rua Plaza Piazza C/ ul. Place Paseo Viale"),
                draw.pick(&self.american_last)
            ),
            _ => format!("{name} {}", draw.word(STREET_ENDS)),
        }
    }

    pub fn address(&self, draw: &mut Draw) -> String {
        let street = self.street(draw);
        let most = if draw.chance(50) { 299 } else { 9999 };
        let number = draw.range(1, most);
        let unit = match draw.below(10) {
            0 => format!("{}Apt. {}", draw.pick(&[" ", ", "]), draw.range(1, 999)),
            1 => format!("{}Suite {}", draw.pick(&[" ", ", "]), draw.range(100, 999)),
            2 => format!(", Unit {}", draw.range(1, 99)),
            3 => format!(", #{}", draw.range(1, 99)),
            4 => format!(", {} Floor", draw.word("2nd 3rd 5th 12th")),
            _ => String::new(),
        };
        let state = draw.pick(&self.states).clone();
        let american = draw.pick(&self.american_cities).clone();
        let (city, country) = draw.pick(&self.cities).clone();
        let _ = country;
        let zip = draw.digits(5);
        let separator = *draw.pick(&[", ", ", ", "\n", " ", ",\n"]);
        match draw.below(14) {
            0..5 => format!("{number} {street}{unit}{separator}{american}, {} {zip}", state.0),
            5 => format!("{number} {street}{unit}{separator}{american}, {} {zip}", state.1),
            6 => format!("{number} {street}{unit}"),
            7 => format!("{number} {street}{separator}{city}{separator}{}", draw.pick(&self.countries)),
            8 => {
                let code = format!(
                    "{}{}{} {}{}{}",
                    draw.word("SW NW SE N E W EC M B LS"),
                    draw.range(1, 20),
                    "",
                    draw.range(1, 9),
                    char::from(b'A' + draw.below(20) as u8),
                    char::from(b'A' + draw.below(20) as u8)
                );
                format!("{number} {street}{separator}{city}{separator}{code}")
            }
            9 => format!("{street} {number}{separator}{} {city}", draw.digits(4)),
            10 => format!("{street} {number}, {city}"),
            11 => format!("PO Box {}{separator}{american}, {} {zip}", draw.range(1, 9999), state.0),
            12 => format!("{number} {street}{unit}\n{american}\n{} {zip}", state.0),
            _ => format!("{number} {street}{unit} {american} {} {zip}", state.0),
        }
    }

    pub fn organisation(&self, draw: &mut Draw) -> String {
        let last = draw.pick(&self.american_last).clone();
        let brand = if draw.chance(50) { draw.word(BRANDS).to_owned() } else { last.clone() };
        let trade = draw.word(TRADES);
        match draw.below(22) {
            0..3 => format!("{brand} {trade} {}", draw.word(SUFFIXES)),
            3..5 => format!("{brand} {}", draw.word(SUFFIXES)),
            5 => format!("{brand} {trade}"),
            6 => format!("{last} & {}", draw.pick(&self.american_last)),
            7 => format!("{last}, {} & {} LLP", draw.pick(&self.american_last), draw.pick(&self.american_last)),
            8 => format!("{} and Sons", last),
            9 | 10 => { let parts: Vec<&str> = REAL.split('|').collect(); (*draw.pick(&parts)).to_owned() }
            11 => format!("University of {}", self.place(draw).split(',').next().unwrap_or_default()),
            12 => format!("{} {}", draw.pick(&self.cities).0, draw.word("University College Hospital Police Council Bank Airport Museum Institute FC United Clinic")),
            13 => format!("{} {} Court", draw.pick(&self.cities).0, draw.word("District Regional Administrative Criminal High Constitutional Supreme")),
            14 => format!("{} {} Hospital", draw.word("St. Mercy General Memorial Sacred Mount County"), last),
            15 => format!("Bank of {}", draw.pick(&self.cities).0),
            16 => format!("Ministry of {}", draw.word("Justice Health Finance Defence Education Labour")),
            17 => format!("{} {} Department", draw.pick(&self.american_cities), draw.word("Police Fire Health School Water")),
            18 => format!("{brand}-{} {}", draw.pick(&self.american_last), draw.word(SUFFIXES)),
            19 => format!("{} Association of {}", draw.word("National American International British European"), draw.word("Teachers Engineers Nurses Lawyers Farmers Realtors")),
            20 => format!("{}{}", draw.word(BRANDS), draw.word("soft tech corp net ware labs works")),
            _ => format!("{brand} {trade} {}, {}", draw.word("Services Solutions Group"), draw.word("Inc. LLC Ltd.")),
        }
    }

    pub fn plain(&self, name: &str, draw: &mut Draw) -> String {
        match name {
            "date" => match draw.below(5) {
                0 => format!("{}-{:02}-{:02}", draw.range(1990, 2026), draw.range(1, 12), draw.range(1, 28)),
                1 => format!(
                    "{} {} {}",
                    draw.range(1, 28),
                    draw.word("January March May July October"),
                    draw.range(1980, 2026)
                ),
                2 => format!(
                    "{} {}, {}",
                    draw.word("February April June August December"),
                    draw.range(1, 28),
                    draw.range(1980, 2026)
                ),
                3 => format!("{}/{}/{}", draw.range(1, 12), draw.range(1, 28), draw.range(1960, 2026)),
                _ => format!(
                    "{}-{:02}-{:02}T{:02}:{:02}:00Z",
                    draw.range(2018, 2026),
                    draw.range(1, 12),
                    draw.range(1, 28),
                    draw.below(24),
                    draw.below(60)
                ),
            },
            "time" => format!("{:02}:{:02}", draw.below(24), draw.below(60)),
            "year" => draw.range(1920, 2025).to_string(),
            "num" => draw.range(18, 95).to_string(),
            "amt" => format!("${},{}", draw.range(1, 99), draw.digits(3)),
            "no" => {
                let prefix = draw.pick(&["INC-", "MRN-", "", "#", "POL-", "3:23-cv-0", "TK-"]).to_string();
                let count = draw.range(4, 8);
                format!("{prefix}{}", draw.digits(count))
            }
            "ver" => format!("v{}.{}.{}", draw.below(9), draw.below(30), draw.below(30)),
            "hash" => format!("{:016x}", draw.bits()),
            "ip" => format!(
                "{}.{}.{}.{}",
                draw.range(1, 223),
                draw.below(256),
                draw.below(256),
                draw.range(1, 254)
            ),
            "tel" => {
                let (a, b, c) = (draw.digits(3), draw.digits(3), draw.digits(4));
                match draw.below(4) {
                    0 => format!("+1 ({a}) {b}-{c}"),
                    1 => format!("{a}-{b}-{c}"),
                    2 => format!("+44 20 {c} {b}1"),
                    _ => format!("({a}) {b}-{c}"),
                }
            }
            "email" => format!(
                "{}{}@{}",
                draw.pick(&self.american_given).to_lowercase(),
                draw.range(1, 99),
                draw.word("gmail.com yahoo.com example.com corp.net")
            ),
            "user" => format!("{}{}", draw.pick(&self.american_given).to_lowercase(), draw.range(1, 999)),
            "card" => format!("4{}", draw.digits(15)),
            "prod" => {
                let all: Vec<&str> = PRODUCTS.split('|').collect();
                (*draw.pick(&all)).to_owned()
            }
            "title" => {
                let all: Vec<&str> = TITLES.split('|').collect();
                (*draw.pick(&all)).to_owned()
            }
            other => panic!("unknown slot {other}"),
        }
    }

    pub fn nation(&self, draw: &mut Draw) -> String {
        draw.word(NATIONS).to_owned()
    }

    pub fn cities(&self) -> &[(String, String)] {
        &self.cities
    }

    pub fn countries(&self) -> &[String] {
        &self.countries
    }

    pub fn states(&self) -> &[(String, String)] {
        &self.states
    }

    pub fn world(&self) -> &[(Vec<String>, Vec<String>)] {
        &self.world
    }
}

/// Words of organisations' names, of streets, and titles, for the lexicon.
pub const ORGANISATION_WORDS: &str = "inc llc ltd corp corporation limited plc group holdings company co partners llp gmbh ag bank trust foundation university college school institute hospital clinic court ministry department agency association council commission committee union party club league federation society church academy museum bureau board authority government parliament senate congress police army navy force airlines airways motors systems solutions technologies industries enterprises associates services international office office's centre center";
pub const STREET_WORDS: &str = "street st avenue ave road rd lane ln drive dr boulevard blvd court ct place pl way circle terrace parkway square crescent close trail highway hwy apt apartment suite unit floor box po building bldg room strasse straße rue via calle avenida rua plaza";
pub const TITLE_WORDS: &str = "mr mrs ms miss dr prof sir madam mx judge justice hon rev col maj capt sgt lt lord lady president senator governor mayor officer detective professor nurse attorney counsel king queen prince princess pope saint secretary minister";
