//! Values for Chinese templates: names, addresses, organisations, numbers.

use std::collections::HashSet;

use crate::draw::Draw;
use crate::sources::Sources;

pub struct ValuesZh {
    surnames: Vec<(String, f32)>,
    surname_total: f32,
    given: Vec<String>,
    given_chars: Vec<char>,
    foreign: Vec<String>,
    divisions: Vec<Vec<String>>,
    real_organisations: Vec<String>,
    english: Vec<String>,
}

const DOUBLE: &str = "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 司徒 端木 东方 南宫 令狐 慕容 轩辕 公孙 宇文 长孙 独孤 呼延 闻人 澹台 公冶 宗政 濮阳 申屠 太叔 钟离 赫连 拓跋";
const RARE: &str = "亓 仝 仉 佘 佟 乜 逄 逯 麴 郗 郤 郄 昝 笪 訾 訚 缪 綦 璩 眭 厍 乐 查 盖 尉 区 仇 单 解 任 曾 召 种 朴 折 黑 洗 冼 员 繁 秘 能 纪 谌 粘 鲜 哈 海 沙 花 苑 楼 湛 司 公 全 才 战 银 玉 岳 来 井 芦 植 相 宫 武 常 平 方 高 黄 白 时 安 于 和 水 云 东 明 强 万 关 雷 龙 牛 马 石 路 江 温 田 游 钟 毛 金 边 向 成 农 冷 冬 阳 益 门 后 年 言 师 台 乾 问 有 商 赏 果 雪 火 雨 凤 海 军 国 铁 宝 晓 丁 卜 别 步 车 党 邓 都 法 费 甘 干 耿 管 郭 何 洪 侯 胡 华 计 简 姜 焦 景 巨 隗 阚 康 柯 孔 寇 匡 况 赖 郎 黎 连 廉 练 梁 廖 林 蔺 凌 刘 柳 隆 娄 卢 鲁 陆 吕 栾 罗 骆 麻 茅 梅 孟 米 苗 闵 莫 牟 慕 穆 倪 聂 宁 钮 欧 潘 庞 裴 彭 皮 蒲 濮 浦 戚 齐 祁 钱 强 乔 秦 丘 裘 屈 瞿 冉 饶 荣 容 茹 阮 芮 桑 尚 邵 申 沈 盛 史 寿 舒 束 帅 宋 苏 宿 隋 孙 索 谭 汤 唐 陶 滕 童 涂 屠 万 汪 危 韦 卫 魏 文 翁 乌 邬 巫 吴 伍 奚 席 习 夏 鲜 项 萧 谢 辛 邢 熊 徐 许 宣 薛 荀 严 阎 颜 晏 燕 羊 杨 姚 叶 伊 易 殷 尹 应 尤 于 余 俞 虞 禹 郁 喻 元 袁 岳 臧 翟 詹 张 章 赵 甄 郑 钟 周 朱 竺 祝 庄 卓 宗 邹 祖 左";
const UYGHUR_A: &str = "古丽娜尔 阿依古丽 买买提 阿不都热合曼 艾合买提 帕提古丽 热依汗 吐尔逊 阿卜杜拉 迪丽努尔 努尔买买提 玉素甫 依马木 茹仙古丽 木合塔尔 巴哈尔古丽 麦麦提 阿布力孜 哈力克 沙依拉";
const UYGHUR_B: &str = "艾山 买买提 吐尔逊 阿不都拉 依明 热合曼 库尔班 托合提 卡德尔 阿卜力米提 肉孜 玉山 马合木提 司马义 努尔 艾力 赛买提";
const MONGOL: &str = "乌云其木格 巴特尔 阿拉坦仓 其其格 斯琴高娃 苏日娜 娜仁花 额尔敦 那日苏 宝音 格日勒图 呼和 朝鲁 萨仁 图雅 哈斯 孟和 特木尔 乌兰 敖登 阿古拉 布仁巴雅尔 达来 白音";
const TIBETAN: &str = "才让多杰 扎西顿珠 卓玛 次仁旺姆 丹增 格桑 洛桑 巴桑 平措 央金 德吉 尼玛 普布 达瓦 拉姆 索朗 旦增曲珍 多吉 桑杰 仁青卓嘎 白玛 阿旺 晋美 强巴";
const FOREIGN_PIECES: &str = "亚历山大 安吉丽娜 马丁 史密斯 约翰逊 布朗 威廉姆斯 琼斯 加西亚 米勒 戴维斯 罗德里格斯 安德森 托马斯 杰克逊 怀特 哈里斯 汤普森 罗宾逊 克拉克 刘易斯 沃克 霍尔 艾伦 扬 赫尔南德斯 金 赖特 洛佩斯 希尔 斯科特 格林 亚当斯 贝克 纳尔逊 卡特 米切尔 佩雷斯 罗伯茨 特纳 菲利普斯 坎贝尔 帕克 埃文斯 爱德华兹 柯林斯 斯图尔特 桑切斯 莫里斯 罗杰斯 里德 库克 摩根 贝尔 墨菲 贝利 里维拉 库珀 理查森 考克斯 霍华德 沃德 彼得森 格雷 詹姆斯 沃森 布鲁克斯 凯利 桑德斯 普莱斯 贝内特 伍德 巴恩斯 罗斯 亨德森 科尔曼 詹金斯 佩里 鲍威尔 朗 帕特森 休斯 弗洛雷斯 华盛顿 巴特勒 西蒙斯 福斯特 冈萨雷斯 布莱恩特 达米安 朱利安 梅丽莎 乔治 塔玛拉 纳特 克里斯滕森 伊丽莎白 玛丽亚 凯瑟琳 苏菲 卡洛斯 迭戈 伊万 彼得罗夫 弗拉基米尔 谢尔盖 娜塔莎 汉斯 弗里茨 施密特 皮埃尔 让 杜邦 保罗 路易吉 罗西 安娜 卡琳娜 艾玛 奥利弗 杰米 米歇尔 丽莎 尼古拉斯 大卫 迈克尔 詹妮弗 罗伯特 琳达 芭芭拉 苏珊 杰西卡 萨拉 卡伦 南希";
const ENGLISH_GIVEN: &str = "Kevin Emily Tom Jason Michael Lucy Lily David Eric Amy Tony Peter Jack Grace Vivian Cindy Helen Jerry Andy Daniel Alice Bella Candy Leo Ryan Sophia Steven Susan Tina Frank Gary Henry Ivy Joyce Karen Linda Mary Nancy Oscar Paul Rachel Sam Victor Wendy Zoe Allen Betty Carl Doris Edward Fiona George Hannah Ian Jenny Ken Lisa Mark Nina Owen Patrick Queenie Robert Sarah Tracy Vincent William Yvonne";
const ENGLISH_LAST: &str = "Liu Chen Wang Zhang Li Baker Smith Lee Wong Chan Lin Huang Wu Yang Zhou Xu Sun Ma Zhu Hu Guo He Lam Cheung Ng Leung Ho Tang Brown Johnson Miller Davis Wilson Anderson Taylor Moore Jackson White Harris Martin Clark Lewis Hall Allen King Wright Scott Green Adams";

const BRANDS: &str = "博远 鼎新 恒信 星辰 瑞丰 优速 天合 易联 金桥 蓝海 光年 汇通 众诚 中联 方正达 宏图 盛达 优鲜 海川 泰和 华证 安捷 鸿运 启明 长城 远大 华兴 同创 新天地 银河 联创 智云 云图 万邦 东升 福瑞 德润 嘉禾 金鼎 三江 四海 五岳 六合 七彩 八方 九州 百川 千禧 万顺 亿达 兴业 诚信 诚达 明德 君合 大成 锦绣 卓越 领航 先锋 创世纪 腾飞 凯旋 奥美 佳兆 康泰 健民 益民 利民 惠民 国泰 民安 平安 太平 安盛 永安 长安 永泰 永辉 恒大 恒瑞 恒基 恒力 恒丰 信达 信诚 信和 信义 中科 中信 中达 中恒 中盛 北辰 南洋 东华 西部 华东 华南 华北 飞跃 飞鹰 鹏程 鹏远 龙腾 凤凰 麒麟 金龙 银龙 青松 翠竹 红梅 白云 蓝天 绿源 绿城 碧水 清泉 阳光 朝阳 晨光 曙光 星光 月亮 太阳神 灵犀 玲珑 琥珀 翡翠 珍珠 钻石 水晶 磐石 泰山 昆仑 长江 黄河 珠江 松花江 大洋 海天 海纳 海润 和谐 和美 和信 和众 同济 同仁 同方 同心 大唐 汉唐 盛唐 宋城 元亨 利贞 乾元 坤元 天元 天地 天工 天一 天启 天达 正泰 正大 正道 正和 宏远 宏达 宏昌 宏伟 伟业 伟创 精诚 精工 精益 精锐 精英 迅捷 迅达 捷达 捷顺 顺达 顺风 顺丰源 快捷 速达 通达 通联 互联 互信 云海 云帆 云峰 云端 数联 数智 数通 数字动力 智慧星 智联 智造 慧眼 慧聪 聚力 聚龙 聚源 合力 合众 众合 众邦 众泰 兆丰 兆维 瑞德 瑞祥 瑞安 祥瑞 祥和 吉祥 吉利达 如意 美满 美佳 美的来 丽人 雅居 雅图 优品 优创 优联 优家 尚品 尚德 至诚 至善 上善 若水 厚德 载物 自强 卓立 拓普 拓维 拓展 开元 开拓 开泰 启航 启迪 启元 元启 新元 新纪元 新世界 新希望 新奥 新和成 佰特 科力远 科锐 科达 力源 力诺 士兰 华星 华润达 华信 华夏 中华源";
const TRADES: &str = "科技 信息技术 软件 网络科技 电子商务 数据服务 物流 供应链管理 生物科技 医疗器械 新能源 建设工程 建筑工程 装饰工程 机电设备 电子 通信技术 环保科技 食品 餐饮管理 酒店管理 物业服务 房地产开发 置业 投资管理 投资 资产管理 企业管理咨询 管理咨询 教育咨询 文化传媒 广告 贸易 国际贸易 商贸 进出口 实业 制造 机械 汽车销售 汽车服务 汽车零部件 纺织 服饰 家居 家具 化工 新材料 材料 钢铁 矿业 农业科技 农业 畜牧 水产 渔业 药业 制药 健康管理 人力资源服务 劳务派遣 保险代理 保险经纪 融资租赁 小额贷款 典当 拍卖 旅行社 国际旅行社 航空服务 船舶 光电 半导体 智能装备 智能科技 自动化 仪器仪表 安防 消防工程 园林绿化 市政工程 水务 燃气 电力 能源 石化 印刷 包装 玩具 珠宝 化妆品 日用品 医药 体育文化 影视文化 动漫 游戏 资讯 資訊 軟體 资料服务";
const SUFFIXES: &str = "有限公司 有限公司 有限公司 有限公司 股份有限公司 股份有限公司 集团有限公司 有限责任公司 集团 公司 集团股份有限公司 厂 有限公司分公司 控股有限公司";
const OTHER_ORGS: &str = "人民医院 第一人民医院 中医院 妇幼保健院 中心医院 大学 师范大学 理工大学 职业技术学院 第一中学 实验小学 幼儿园 公安局 派出所 税务局 市场监督管理局 人力资源和社会保障局 住房公积金管理中心 消费者协会 中级人民法院 人民检察院 仲裁委员会 律师事务所 会计师事务所 公证处 农商银行 银行 农村信用社 证券 养老院 图书馆 博物馆 研究院 设计院 出版社 报社 电视台 居委会 村委会 合作社 商会 行业协会 基金会 供电局 自来水公司 体育局 教育局 民政局 卫生健康委员会";
const LARGE: &str = "工商银行 中国农业银行 中国建设银行 交通银行 招商银行 兴业银行 浦发银行 民生银行 光大银行 中国移动 中国联通 中国电信 国家电网 南方电网 中国人寿 中国平安 太平洋保险 阿里巴巴 腾讯 百度 京东 华为 小米 美团 字节跳动 滴滴出行 顺丰速运 中通快递 圆通速递 申通快递 联想集团 海尔集团 美的集团 格力电器 比亚迪 上汽集团 一汽大众 中石化 中石油 中国铁建 万科 碧桂园 荷兰银行 花旗银行 汇丰银行 渣打银行 台积电 鸿海精密 联发科 国泰人寿 富邦产险 中华电信 远传电信 台湾大哥大 长荣海运 玉山银行 中国信托商业银行 新光人寿 统一企业";
const ROADS: &str = "中山 人民 解放 建设 胜利 和平 新华 文化 友谊 团结 光明 朝阳 长江 黄河 珠江 北京 上海 南京 广州 迎宾 滨江 滨海 沿江 湖滨 环城 世纪 科技 创业 学院 大学 公园 体育 工业 商业 振兴 复兴 民主 民生 民族 民权 幸福 平安 康宁 健康 青年 少年 劳动 创新 发展 开发 前进 东风 红旗 延安 井冈山 遵义 天山 昆仑 泰山 衡山 黄山 庐山 峨眉 太湖 西湖 东湖 南湖 玄武 秦淮 钱塘 江南 江北 河东 河西 龙腾 凤凰 麒麟 金龙 银河 星光 阳光 明珠 翠竹 松柏 梅园 桂花 樱花 荷花 牡丹 芙蓉 紫荆 木棉 香樟 银杏 梧桐 丁香 海棠 石榴 杏花 桃园 柳林 竹园 云龙 云山 白云 蓝天 碧水 清泉 龙泉 温泉 仙霞 虹桥 彩虹 金桥 银桥 石桥 东门 西门 南门 北门 中兴 忠孝 仁爱 信义 复兴南 民生东 敦化 永和 四维 三民 成功 大同 光复 自由 博爱 新生 林森 罗斯福 重庆 成都 武昌 汉口 万盛 富强 兴业 宏图 鸿运 祥和 顺达 永安 永康 长安 长乐 安宁 宝石 珍珠 琥珀 孔雀 天鹅 白鹭 仙鹤 戚继光 郑成功 鲁迅 茅盾 齐鸣 省耕 娄葑 荷花南 嘉士伯 哈林 毛桃";
const ROAD_ENDS: &str = "路 路 路 路 街 街 大道 东路 西路 南路 北路 中路 大街 东街 西街 巷 胡同 支路 一路 二路 三路 弄 环路 东大街 南大道 一街 后街 里";
const ESTATES: &str = "阳光花园 锦绣花园 万科城 碧桂园 恒大名都 绿地世纪城 保利香槟 中海国际 龙湖时代 金地格林 世茂滨江 融创公馆 华润中心 万达广场 银泰城 国际商务中心 科技大厦 创业大厦 金融中心 商贸城 工业园 科技园 软件园 产业园 物流园 高新园区 家园 新村 小区 花苑 雅苑 名苑 公寓 公馆 豪庭 华庭 府邸 御景 山庄 别墅 大院 宿舍 职工宿舍 教师公寓 人才公寓 电商园 互联网村 皮革城 建材市场 农贸市场 批发市场 时代广场 写字楼 文化创意园 金椅山庄 百姓家园 新月广场 中心城 商务大厦 星光名苑 东方明珠 康城 水岸名家 香榭丽舍 罗马花园 枫丹白露 翡翠城 江南春 都市春天 紫金家园 瑞景苑";
const VILLAGES: &str = "王家村 李庄 张村 刘家屯 赵家沟 陈庄 杨树村 石桥村 东村 西村 南庄 北庄 新村 前进村 红旗村 胜利村 团结村 仙门村 岐湖村 移民新村 京岸村 大王庄 小李家 上杨村 下马村 龙泉村 凤凰村 白石村 青山村 河口村 江口村 塘下村 坪山村 桥头村 岭南村 沙河村 高田村 整雅村";
const TOWNS: &str = "城关镇 新华镇 龙港镇 武原镇 江南镇 边门镇 团风镇 石井街道 玉都街道 大矸街道 中山街道 解放街道 和平街道 东关街道 西城街道 南城街道 北苑街道 城东街道 城西街道 城北街道 桥头镇 塘下镇 沙头镇 太平镇 永安镇 长乐镇 白云镇 青山镇 红旗乡 前进乡 民族乡 洛恩乡 英言镇 潘桥镇 乔司镇 高新街道 开发区 经济技术开发区 滨江街道 湖滨街道 虹桥镇 平湖街道 龙泉街道 云山镇 仙居镇 花桥镇 柳林镇 梅园镇 桃源镇";
const TW_CITIES: &str = "臺北市:中正區,大同區,中山區,松山區,大安區,萬華區,信義區,士林區,北投區,內湖區,南港區,文山區 新北市:板橋區,三重區,中和區,永和區,新莊區,新店區,樹林區,鶯歌區,三峽區,淡水區,汐止區,瑞芳區,土城區,蘆洲區,五股區,泰山區,林口區 桃園市:桃園區,中壢區,平鎮區,八德區,楊梅區,蘆竹區,大溪區,龍潭區,龜山區,大園區 臺中市:中區,東區,南區,西區,北區,北屯區,西屯區,南屯區,太平區,大里區,霧峰區,烏日區,豐原區,后里區,潭子區,大雅區,沙鹿區,清水區,大甲區 臺南市:中西區,東區,南區,北區,安平區,安南區,永康區,歸仁區,新化區,善化區,新營區,佳里區 高雄市:楠梓區,左營區,鼓山區,三民區,鹽埕區,前金區,新興區,苓雅區,前鎮區,旗津區,小港區,鳳山區,林園區,大寮區,仁武區,岡山區 基隆市:仁愛區,信義區,中正區,中山區,安樂區,暖暖區,七堵區 新竹市:東區,北區,香山區 嘉義市:東區,西區 新竹縣:竹北市,竹東鎮,新埔鎮,關西鎮,湖口鄉 苗栗縣:苗栗市,頭份市,竹南鎮,後龍鎮,通霄鎮 彰化縣:彰化市,鹿港鎮,和美鎮,員林市,溪湖鎮,二林鎮 南投縣:南投市,埔里鎮,草屯鎮,竹山鎮,集集鎮 雲林縣:斗六市,斗南鎮,虎尾鎮,西螺鎮,北港鎮 嘉義縣:太保市,朴子市,布袋鎮,大林鎮,民雄鄉 屏東縣:屏東市,潮州鎮,東港鎮,恆春鎮 宜蘭縣:宜蘭市,羅東鎮,蘇澳鎮,頭城鎮 花蓮縣:花蓮市,鳳林鎮,玉里鎮,吉安鄉 臺東縣:臺東市,成功鎮,關山鎮 澎湖縣:馬公市,湖西鄉 金門縣:金城鎮,金湖鎮";
const TW_ROADS: &str = "中正路 中山路 民生東路 民權西路 忠孝東路 南京東路 信義路 仁愛路 和平東路 復興南路 新生北路 建國路 光復路 大同路 永和路 民族路 自由路 三民路 成功路 文化路 公園路 博愛路 四維路 林森路 重慶北路 承德路 延平北路 中華路 環河南路 健康路 富強街 勝利街 長安街 育英街 文林路 天母西路 復國路 大學路 站前路 竹光路 東大路 經國路";
const HK_PLACES: &str = "香港中環皇后大道中 九龍旺角亞皆老街 香港灣仔軒尼詩道 九龍尖沙咀彌敦道 新界沙田正街 新界荃灣青山公路 香港銅鑼灣告士打道 九龍觀塘觀塘道 新界元朗大馬路 香港北角英皇道 九龍深水埗福華街 新界屯門鄉事會路 香港上環德輔道中 九龍紅磡馬頭圍道 澳門新馬路 澳門氹仔成都街";
const HK_BUILDINGS: &str = "朗豪坊辦公大樓 中環中心 國際金融中心 合和中心 新世紀廣場 太古廣場 環球大廈 時代廣場 創紀之城 德福花園 美孚新邨 沙田第一城 太古城 黃埔花園 帝景軒 豪景花園";

impl ValuesZh {
    pub fn new(sources: &Sources) -> Self {
        let (_, mut surnames) = sources.faker("zh_CN");
        surnames.extend(RARE.split_whitespace().map(|name| (name.to_owned(), 0.06)));
        surnames.extend(DOUBLE.split_whitespace().map(|name| (name.to_owned(), 0.08)));
        let known: HashSet<&str> = surnames.iter().map(|(name, _)| name.as_str()).collect();
        let mut given = Vec::new();
        for locale in ["zh_CN", "zh_TW"] {
            for (name, _) in sources.faker(locale).0 {
                given.extend(std::iter::repeat_n(simplify(&name), 3));
            }
        }
        for (word, frequency, part) in sources.jieba() {
            let chars: Vec<char> = word.chars().collect();
            let surname: String = chars.iter().take(1).collect();
            if part == "nr" && chars.len() == 3 && frequency < 200 && known.contains(surname.as_str()) {
                given.push(chars[1..].iter().collect());
            }
        }
        let foreign = sources
            .jieba()
            .into_iter()
            .filter(|(word, _, part)| part == "nrt" && (2..=5).contains(&word.chars().count()))
            .map(|(word, ..)| word)
            .chain(FOREIGN_PIECES.split_whitespace().map(str::to_owned))
            .collect();
        let real_organisations = sources
            .jieba()
            .into_iter()
            .filter(|(word, _, part)| {
                part == "nt"
                    && word.chars().count() >= 4
                    && [
                        "公司",
                        "银行",
                        "大学",
                        "集团",
                        "医院",
                        "学院",
                        "协会",
                        "研究院",
                        "出版社",
                        "中学",
                        "法院",
                        "工厂",
                    ]
                    .iter()
                    .any(|end| word.ends_with(end))
            })
            .map(|(word, ..)| word)
            .collect();
        let given_chars: Vec<char> =
            given.iter().flat_map(|name: &String| name.chars().collect::<Vec<_>>()).collect();
        let surname_total = surnames.iter().map(|(_, weight)| weight).sum();
        Self {
            surnames,
            surname_total,
            given,
            given_chars,
            foreign,
            divisions: sources.divisions().into_iter().filter(|parts| parts.len() == 3).collect(),
            real_organisations,
            english: ENGLISH_GIVEN.split_whitespace().map(str::to_owned).collect(),
        }
    }

    pub fn surnames(&self) -> &[(String, f32)] {
        &self.surnames
    }

    pub fn given(&self) -> &[String] {
        &self.given
    }

    pub fn surname(&self, draw: &mut Draw) -> String {
        if draw.chance(12) {
            // Rare ones are seen often enough to be learnt as such.
            return self.surnames[draw.below(self.surnames.len())].0.clone();
        }
        let mut at = (draw.below(1_000_000) as f32 / 1e6) * self.surname_total;
        for (name, weight) in &self.surnames {
            at -= weight;
            if at <= 0.0 {
                return name.clone();
            }
        }
        "王".to_owned()
    }

    pub fn given_name(&self, draw: &mut Draw) -> String {
        match draw.below(100) {
            0..70 => draw.pick(&self.given).clone(),
            70..82 => draw.pick(&self.given_chars).to_string(),
            _ => format!("{}{}", draw.pick(&self.given_chars), draw.pick(&self.given_chars)),
        }
    }

    /// A person's name, and the surname by which one is addressed.
    pub fn person(&self, draw: &mut Draw) -> (String, String) {
        match draw.below(200) {
            0..170 => {
                let surname = self.surname(draw);
                (format!("{surname}{}", self.given_name(draw)), surname)
            }
            170..178 => {
                let name = format!("{}·{}", draw.pick(&self.foreign), draw.pick(&self.foreign));
                let last = name.rsplit('·').next().unwrap_or_default().to_owned();
                (name, last)
            }
            178..181 => {
                let name = draw.pick(&self.foreign).clone();
                (name.clone(), name)
            }
            181..186 => {
                let name = format!("{}·{}", draw.word(UYGHUR_A), draw.word(UYGHUR_B));
                (name.clone(), name)
            }
            186..190 => {
                let list = if draw.chance(50) { MONGOL } else { TIBETAN };
                let name = draw.word(list).to_owned();
                (name.clone(), name)
            }
            190..197 => {
                let last = draw.word(ENGLISH_LAST).to_owned();
                (format!("{} {last}", draw.pick(&self.english)), last)
            }
            _ => {
                let surname = self.surname(draw);
                let other = self.surname(draw);
                (format!("{surname}{other}{}", self.given_name(draw)), surname)
            }
        }
    }

    pub fn city(&self, draw: &mut Draw) -> String {
        let parts = draw.pick(&self.divisions);
        let city = if parts[1].contains("辖") { &parts[0] } else { &parts[1] };
        city.trim_end_matches('市').to_owned()
    }

    pub fn address(&self, draw: &mut Draw, taiwan: bool) -> String {
        if taiwan {
            return if draw.chance(12) { self.address_hk(draw) } else { self.address_tw(draw) };
        }
        let parts = draw.pick(&self.divisions).clone();
        let mut out = String::new();
        let province = &parts[0];
        let city =
            if parts[1].contains("辖") || parts[1].contains("直辖") { "" } else { parts[1].as_str() };
        let district = if parts[2].contains("辖") { "" } else { parts[2].as_str() };
        match draw.below(10) {
            0..5 => out.push_str(&format!("{province}{city}{district}")),
            5..7 => out.push_str(&format!("{city}{district}")),
            7 => out.push_str(&format!("{}{district}", city.trim_end_matches('市'))),
            8 => out.push_str(if district.is_empty() { city } else { district }),
            _ => out.push_str(&format!(
                "{}{}{district}",
                province.trim_end_matches(['省', '市']),
                city.trim_end_matches('市')
            )),
        }
        if draw.chance(25) {
            out.push_str(draw.word(TOWNS));
        }
        if draw.chance(12) {
            out.push_str(draw.word(VILLAGES));
            if draw.chance(60) {
                out.push_str(&format!("{}组", draw.range(1, 20)));
            }
            out.push_str(&format!("{}号", draw.range(1, 399)));
            return out;
        }
        if draw.chance(92) {
            let road = if draw.chance(20) {
                format!("{}{}", draw.pick(&self.given), draw.word(ROAD_ENDS))
            } else {
                format!("{}{}", draw.word(ROADS), draw.word(ROAD_ENDS))
            };
            out.push_str(&road);
            let most = if draw.chance(50) { 299 } else { 2999 };
            let number = draw.range(1, most);
            out.push_str(&match draw.below(12) {
                0 => format!("{number}弄"),
                1 => format!("{number}号院"),
                2 => format!("{number}-{}号", draw.range(1, 20)),
                3 => format!("与{}{}交叉口", draw.word(ROADS), draw.word(ROAD_ENDS)),
                4 => String::new(),
                _ => format!("{number}号"),
            });
        }
        if draw.chance(60) {
            if draw.chance(40) {
                out.push_str(draw.word(BRANDS));
            }
            out.push_str(draw.word(ESTATES));
        }
        self.unit(draw, &mut out);
        out
    }

    fn unit(&self, draw: &mut Draw, out: &mut String) {
        let (b, u, f, r) = (draw.range(1, 60), draw.range(1, 8), draw.range(1, 33), draw.range(1, 8));
        let room = format!("{f}{r:02}");
        out.push_str(&match draw.below(16) {
            0 => format!("{b}栋{room}"),
            1 => format!("{b}幢{u}单元{room}室"),
            2 => format!("{b}号楼{u}单元{room}"),
            3 => format!("{b}-{u}-{room}"),
            4 => format!("{f}层{room}室"),
            5 => format!("{b}#{room}"),
            6 => format!("{}座{room}室", char::from(b'A' + (b % 8) as u8)),
            7 => format!("{f}楼"),
            8 => format!("{b}栋{u}单元{f}楼{room}号"),
            9 => format!("{room}室"),
            10 => format!("{b}#{u}单元{room}号"),
            11 => format!("{}区{b}号", ["东", "西", "南", "北", "一", "二"][b % 6]),
            12 => format!("{b}组团{u}栋{room}室"),
            _ => String::new(),
        });
    }

    fn address_tw(&self, draw: &mut Draw) -> String {
        let city = draw.word(TW_CITIES);
        let (name, districts) = city.split_once(':').unwrap_or((city, ""));
        let all: Vec<&str> = districts.split(',').collect();
        let district = draw.pick(&all);
        let mut out = String::new();
        if draw.chance(25) {
            let count = if draw.chance(60) { 3 } else { 5 };
            out.push_str(&draw.digits(count));
        }
        match draw.below(8) {
            0 => out.push_str(district),
            1 => out.push_str(name),
            _ => out.push_str(&format!("{name}{district}")),
        }
        if draw.chance(20) {
            out.push_str(&format!(
                "{}里",
                draw.word("光明 中正 民生 大同 復興 永安 和平 仁愛 信義 東門 西門 南門 文化 成功")
            ));
            if draw.chance(50) {
                out.push_str(&format!("{}鄰", draw.range(1, 30)));
            }
        }
        out.push_str(draw.word(TW_ROADS));
        if draw.chance(40) {
            out.push_str(&format!("{}段", draw.pick(&["一", "二", "三", "四", "五", "六", "1", "2", "3"])));
        }
        if draw.chance(35) {
            out.push_str(&format!("{}巷", draw.range(1, 399)));
            if draw.chance(40) {
                out.push_str(&format!("{}弄", draw.range(1, 60)));
            }
        }
        out.push_str(&format!("{}號", draw.range(1, 499)));
        if draw.chance(15) {
            out.push_str(&format!("之{}", draw.range(1, 12)));
        }
        if draw.chance(65) {
            out.push_str(&format!("{}樓", draw.range(1, 30)));
            if draw.chance(35) {
                out.push_str(&format!("之{}", draw.range(1, 12)));
            } else if draw.chance(10) {
                out.push_str(&format!("{}室", draw.range(1, 20)));
            }
        }
        out
    }

    fn address_hk(&self, draw: &mut Draw) -> String {
        let mut out = format!("{}{}號", draw.word(HK_PLACES), draw.range(1, 700));
        if draw.chance(70) {
            out.push_str(draw.word(HK_BUILDINGS));
        }
        out.push_str(&match draw.below(4) {
            0 => format!("{}樓", draw.range(1, 60)),
            1 => format!("{}樓{}室", draw.range(1, 60), char::from(b'A' + draw.below(8) as u8)),
            2 => format!("{}座{}樓{}室", draw.range(1, 12), draw.range(1, 40), draw.range(1, 12)),
            _ => String::new(),
        });
        out
    }

    pub fn organisation(&self, draw: &mut Draw, taiwan: bool) -> String {
        let brand = match draw.below(10) {
            0 => self.given_name(draw),
            1 => format!("{}{}", draw.pick(&self.given_chars), draw.pick(&self.given_chars)),
            2 => draw.pick(&self.foreign).clone(),
            _ => draw.word(BRANDS).to_owned(),
        };
        let trade = draw.word(TRADES);
        let suffix = draw.word(SUFFIXES);
        let parts = draw.pick(&self.divisions);
        let place = match draw.below(4) {
            0 => parts[0].trim_end_matches(['省', '市']).to_owned(),
            1 => self.city(draw),
            2 => format!("{}市", self.city(draw)),
            _ => parts[0].clone(),
        };
        if taiwan && draw.chance(60) {
            return match draw.below(6) {
                0 => format!("{brand}{trade}有限公司台北分公司"),
                1 => format!("{brand}{trade}股份有限公司"),
                2 => format!("{brand}{trade}企業社"),
                3 => format!("{brand}{}行", draw.word("商 工程 水電 五金 貿易 汽車")),
                4 => format!(
                    "{}{}地方法院",
                    draw.word("臺灣 福建"),
                    draw.word("臺北 新北 桃園 臺中 高雄 士林 新竹 彰化 雲林 嘉義 臺南 屏東")
                ),
                _ => format!("{brand}企業管理顧問有限公司"),
            };
        }
        match draw.below(24) {
            0..5 => format!("{place}{brand}{trade}{suffix}"),
            5..8 => format!("{brand}（{}）{trade}{suffix}", self.city(draw)),
            8..11 => format!("{brand}{trade}{suffix}"),
            11 => format!("{brand}({}){trade}{suffix}", self.city(draw)),
            12 => format!("{brand}集团"),
            13 => format!("{brand}{trade}"),
            14..17 => format!("{place}{}", draw.word(OTHER_ORGS)),
            17 => format!("{place}{brand}{}", draw.word(OTHER_ORGS)),
            18 => draw.word(LARGE).to_owned(),
            19 => format!(
                "{}{}",
                draw.word(LARGE),
                draw.word(
                    "北京分行 上海分公司 深圳分公司 广州支行 浙江省分公司 成都营业部 客户服务中心 杭州分公司"
                )
            ),
            20 | 21 => draw.pick(&self.real_organisations).clone(),
            22 => format!(
                "{place}{}{}店",
                brand,
                draw.word("超市 药 便利 火锅 咖啡 书 服装 眼镜 汽修 五金 美发")
            ),
            _ => {
                format!("中国{}{}{}", brand, trade, draw.word("研究院有限公司 有限公司 总公司 协会 集团公司"))
            }
        }
    }

    pub fn latin_user(&self, draw: &mut Draw) -> String {
        let head = draw.word("wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo lucky happy sky amy kevin tech moon da legal wx xiao mei");
        let sep = draw.pick(&["", "_", "-", "."]);
        let digits = draw.range(2, 4);
        format!("{head}{sep}{}", draw.digits(digits))
    }
}

/// Traditional to Simplified by the engine's own table.
pub fn simplify(text: &str) -> String {
    text.chars().map(muniment::base::text::simplified).collect()
}
