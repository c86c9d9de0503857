//! The words of which stand-ins are made: syllables and characters that are rarely put together in
//! real names, so that a real one is hardly ever of this form, and of those that are the key still tells
//! which it has issued.

pub(super) const SURNAMES_HAN: &str = "林周吴徐孙胡朱高何郭罗梁宋谢唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范廖贾夏韦邹孟秦邱尹薛段侯陶黎贺顾郝龚邵钱严戴莫汤";

/// Characters of given names, of which both places are drawn.
pub(super) const GIVEN_HAN: &str = "沐砚叙蘅澜岚瑾澄薇樵蓁珩菡窈絮樾蕴眠筠蘩砺瓒琮璟瑄玥琬琰璎瑗珈璨璇琏瑭璞霁霭霏霖霄翎翊翌翀昀昕昉晞晟晗暄曦曜煦熠燊炜烨烺澍澧湉淇漪渺沅沄泠浔漾濯灏瀚苒荻莘菀萱葳蔚薏藜衿谧谙谦谨屿岑峤嵘巍帷弦彧彰";

pub(super) const SECTORS_HAN: [&str; 8] = ["实业", "贸易", "科技", "服务", "物流", "咨询", "制造", "软件"];

pub(super) const STREETS_HAN: [&str; 6] = [
    "云和市长乐区样例路",
    "海州市新安区示范路",
    "清源市平湖区模范街",
    "宁川市安康区标准路",
    "江岭市和顺区例证街",
    "青浦州市文昌区样本路",
];

pub(super) const GIVEN_HEADS: [&str; 32] = [
    "Ael", "Avon", "Bex", "Bryn", "Cael", "Corv", "Darr", "Delv", "Elow", "Ember", "Fenn", "Garv", "Gwen",
    "Halv", "Holl", "Isold", "Jorv", "Kelv", "Kerr", "Lorc", "Maelv", "Merr", "Norv", "Odal", "Perv",
    "Quill", "Rosv", "Sorr", "Thal", "Undr", "Verv", "Wyst",
];
pub(super) const GIVEN_TAILS: [&str; 32] = [
    "adine", "alune", "ambra", "amond", "andra", "aric", "avere", "eline", "elyn", "endel", "enna", "eria",
    "ette", "evar", "ielle", "imar", "inda", "iona", "ithe", "ombe", "orene", "oric", "orin", "orsa", "othe",
    "owen", "ulien", "unda", "wynne", "yssa", "ayle", "erin",
];
pub(super) const LAST_HEADS: [&str; 48] = [
    "Ash", "Birk", "Carro", "Dun", "Eller", "Fair", "Garrow", "Hether", "Ingle", "Judd", "Kestrel", "Lark",
    "Marlo", "Nether", "Oaken", "Pember", "Quarr", "Raven", "Still", "Thorn", "Umber", "Vex", "Wether",
    "Yarrow", "Alder", "Brindle", "Cinder", "Draper", "Elm", "Frost", "Gale", "Hazel", "Iron", "Juniper",
    "Kings", "Lang", "Moor", "North", "Orchard", "Prim", "Quill", "Rush", "Silver", "Tarn", "Under", "Vine",
    "Willow", "Winter",
];
pub(super) const LAST_TAILS: [&str; 48] = [
    "down", "holt", "wick", "morrow", "garth", "holme", "worth", "stowe", "stone", "fold", "field",
    "hampton", "wade", "scar", "water", "bury", "leigh", "den", "dale", "croft", "gate", "ford", "thwaite",
    "combe", "stead", "hurst", "mere", "brook", "ridge", "shaw", "well", "lock", "mead", "grave", "fell",
    "hollow", "crest", "bourne", "haven", "strand", "beck", "side", "cliffe", "march", "rigg", "tarn",
    "wold", "sike",
];
pub(super) const PLACE_ENDS: [&str; 8] =
    ["Bay", "Hills", "Falls", "Springs", "Heights", "Harbour", "Crossing", "Point"];
