//! The words that announce values, by what they announce.

use super::Label;
use crate::redaction::kind::Kind;

/// Words by what they announce, folded (lower case, Simplified). Separators inside Latin words
/// are blanks here and may be nothing, `_`, `-` or a change of case in the text.
pub const WORDS: &[(Label, &str, &str)] = &[
    (
        Label::Is(Kind::Person),
        "姓名 联系人 联络人 收货人 收件人 寄件人 发件人 经办人 负责人 法定代表人 法定代理人 法人代表 \
         代表人 代理人 投诉人 被投诉人 申请人 被申请人 委托人 受托人 委托代理人 诉讼代理人 立书人 \
         立同意书人 立约人 签字人 签署人 授权人 被授权人 授权代表 签约代表 客户代表 项目负责人 项目经理 \
         客户经理 客服 客服专员 坐席 工程师 交付工程师 施工人员 记录人 主持人 参会人员 与会人员 出席人员 \
         出席 列席 列席人员 缺席 参加人员 移交人 接收人 监交人 回访员 回访人 受访人 接待人 接待员 审核人 \
         审批人 复核 复核人 制单人 制表人 填表人 操作人 操作员 办理人 受理人 处理人 当事人 被保险人 \
         投保人 受益人 要保人 患者 患者姓名 病人 医生 主治医师 护士 监护人 紧急联系人 家属 配偶 父亲 母亲 \
         证人 具状人 辩护人 审判长 审判员 书记员 法官 承办法官 仲裁员 收款人 付款人 户名 持卡人 开户人 \
         车主 驾驶员 司机 乘客 业主 租客 承租人 出租人 员工 员工姓名 学员 讲师 培训讲师 老师 学生 报案人 \
         报修人 报障人 举报人 反馈人 咨询人 来电人 来访人 提交人 创建人 修改人 更新人 编制 编制人 批准 \
         批准人 校对 审核 拟稿 拟稿人 签发 签发人 抄送 主送 签收人 代收人 送货员 快递员 配送员 派件员 \
         安装师傅 师傅 维修人员 巡检人 值班人 值班人员 交班人 接班人 见证人 保证人 担保人 债权人 债务人 \
         签字 签名 署名 签章 客户姓名 用户姓名 姓名全称 真实姓名 中文姓名 英文姓名 曾用名 昵称 名字 \
         联系人姓名 店长 主管 处理专员 专员 受理员 话务员",
        "name|full name|fullname|first name|firstname|last name|lastname|surname|given name|middle name|\
         maiden name|customer name|customername|patient name|client name|contact name|contact person|\
         contactname|employee name|user name full|account holder|cardholder|cardholder name|card holder|\
         holder name|beneficiary|recipient|receiver|sender|consignee|addressee|attendees|participants|\
         prepared by|reviewed by|approved by|signed by|submitted by|reported by|requested by|assigned to|\
         assignee|handled by|author|attorney|counsel|judge|physician|doctor|nurse|next of kin|\
         emergency contact|witness|spouse|guardian|passenger|driver|operator|technician|engineer|\
         real name|realname|display name|displayname|nickname|receiver name|receivername|contact|\
         signature|signed|patient|patient_name|owner name|insured|claimant|complainant|caller|creator|\
         created by|updated by|courier|agent name|from name|to name|username full|xingming|lianxiren",
    ),
    (
        Label::Is(Kind::Organization),
        "公司名称 单位名称 企业名称 工作单位 客户名称 被投诉单位 开户行 公司 单位 授权单位 委托单位 \
         承办单位 建设单位 施工单位 机构名称 所属单位 供应商 供应商名称 服务商 服务单位 就职单位 任职单位 \
         学校 毕业院校 医院 就诊医院 法院 受理法院 受送达人单位 购买方 销售方 购货单位 销货单位 发票抬头 \
         抬头",
        "company|company name|companyname|organization|organisation|employer|org name|orgname|vendor|\
         supplier|institution|hospital|school|bank name|law firm|business name|facility",
    ),
    (
        Label::Party,
        "甲方 乙方 丙方 丁方 原告 被告 第三人 上诉人 被上诉人 再审申请人 申诉人 申请执行人 被执行人 \
         异议人 客户 用户 买方 卖方 买受人 出卖人 转让方 受让方 委托方 受托方 发包人 承包人 发包方 承包方 \
         采购方 供方 需方 授权方 被授权方 披露方 接收方 许可方 被许可方 出借人 借款人 致 投保单位 相对人 \
         声请人 抗告人 债务人 债权人 告诉人 定作人 承揽人 赠与人 受赠人",
        "plaintiff|defendant|customer|client|party a|party b|buyer|seller|lessor|lessee|landlord|tenant|\
         licensor|licensee|petitioner|respondent|appellant|appellee|bill to|sold to|ship to|payee|payer|\
         claimant name",
    ),
    (
        Label::Is(Kind::Address),
        "地址 住址 住所 住所地 住 居住地 居所 户籍地 户籍地址 家庭住址 家庭地址 通讯地址 通信地址 \
         联系地址 联络地址 收货地址 收件地址 寄件地址 安装地址 注册地址 注册地 经营地址 办公地址 送达地址 \
         现住址 现居住地 常住地址 地址位于 事发地点 上门地址 服务地址 维修地址 配送地址 公司地址 单位地址 \
         户籍所在地 籍贯 出生地 房屋坐落 坐落 发货地址 退货地址 账单地址 户口所在地 经常居住地 设",
        "address|addr|home address|mailing address|billing address|shipping address|delivery address|\
         street|street address|residence|address line 1|address line 2|address1|address2|homeaddress|\
         domicile|registered address|receiver address|location address|dizhi",
    ),
    (
        Label::Is(Kind::Location),
        "城市 省份 国籍",
        "city|country|state|province|place of birth|birthplace|hometown|region|county",
    ),
    (
        Label::Is(Kind::Phone),
        "电话 手机 手机号 手机号码 电话号码 联系电话 联络电话 联系方式 联系手机 移动电话 固定电话 固话 \
         座机 传真 办公电话 家庭电话 客户手机 来电号码 主叫号码 被叫号码 主叫 被叫 绑定手机 预留手机 \
         预留手机号 预留电话 热线 行动电话 手提电话 短信 发送短信到 拨打 致电 来电 回拨 电联 市话 分机",
        "phone|phone number|phonenumber|telephone|telephone number|tel|tel no|mobile|mobile number|\
         mobile no|mobileno|mobilephone|mobile phone|cell|cell phone|cellphone|cell number|fax|fax number|\
         msisdn|ph|ph no|contact number|contact no|phone no|phoneno|home phone|work phone|hotline|call me at|\
         call me on|call him at|call her at|call them at|reach me at|reach me on|reach us at|call us at|\
         text me at|whatsapp|shouji|dianhua|caller id|callback",
    ),
    (
        Label::Is(Kind::Email),
        "邮箱 电子邮箱 电邮 电子邮件 邮件地址",
        "email|e mail|email address|emailaddress|mail|mailbox",
    ),
    (
        Label::Is(Kind::PaymentCard),
        "银行卡 银行卡号 卡号 账号 账户 银行账号 银行账户 收款账号 付款账号 储蓄卡 信用卡 信用卡号 借记卡 \
         结算账户 帐号 帐户 银行帐号 银行帐户 汇款账号 汇款帐号 还款卡 收款账户 扣款账户",
        "bankcard|bank card|bankcardno|bankcard no|cardno|card no|card number|cardnumber|credit card|\
         creditcard|credit card number|debit card|payment card|ccnum|cc number|cc|cc no|card|card no|my card|acct card|\
         bank card number",
    ),
    (Label::Is(Kind::Iban), "", "iban"),
    (
        Label::Is(Kind::BankAccount),
        "",
        "bank account|bankaccount|bank account number|account number|accountnumber|account no|acct|\
         acct no|acct number|account #|a/c|a/c no|routing number|sort code|checking account|savings account",
    ),
    (
        Label::Is(Kind::UsSsn),
        "",
        "ssn|social security number|social security no|social security|socialsecurity|us ssn|taxpayer ssn",
    ),
    (
        Label::Is(Kind::Passport),
        "护照 护照号 护照号码 普通护照",
        "passport|passport no|passportno|passport number|passportnumber|travel document",
    ),
    (
        Label::Is(Kind::DriverLicense),
        "",
        "driver license|drivers license|driver's license|driver licence|drivers licence|driver's licence|\
         driving licence|driving license|dl number|dl no|license number|licence number|license no|\
         driver license number|driver's license number|dl",
    ),
    (
        Label::Is(Kind::IdNumber),
        "工号 员工编号 学号 病历号 病案号 住院号 门诊号 就诊卡号 保单号 保单号码 会员号 会员卡号 客户编号",
        "mrn|medical record number|medical record #|policy #|claim #|case #|docket #|member #|patient #|medical record no|patient id|patientid|patient no|patient number|\
         member id|memberid|policy number|policy no|policyno|employee id|employeeid|emp id|staff id|\
         national id|nationalid|national health id|national identity number|nhs number|tax id|taxid|tin|\
         ein|itin|vat number|npi|dea number|case no|case number|docket no|docket number|docket|\
         application no|insurance id|insurance number|insurance no|insurance policy|customer id|\
         customerid|client id|student id|badge number|claim number|claim no|file no|bar number|aadhaar|\
         pan number|nino|national insurance number|sin|medicare number|medicaid number|health plan number|\
         beneficiary number|certificate number|swift|swift code|bic|employee number|employee no|\
         matriculation|registration number|voter id|prescription|rx|case|case id|id number|\
         identification number|application nos|account id",
    ),
    (
        Label::Is(Kind::IdCard),
        "身份证 身份证号 身份证号码 身分证 身分证字号 身分证号 身分证统一编号 国民身分证 公民身份号码 \
         公民身份证号 身份号码 居民身份证 居住证 居留证 居留证号 统一证号 永久居留身份证 永久居留证 \
         香港身份证 澳门身份证 港澳台居民居住证",
        "idcard|id card|idcardno|id card no|idno|identity card|hkid|identity number|idnumber|cert no|\
         certno|shenfenzheng|id card number|resident id",
    ),
    (
        Label::Document,
        "证件号 证件号码 证号 证件 有效证件 证件编号",
        "certificate no|identity document|id no|idnum|document number|document no",
    ),
    (
        Label::Is(Kind::TravelPermit),
        "通行证 回乡证 台胞证 往来内地通行证 来往内地通行证 来往大陆通行证 来往大陆通行证号 港澳通行证 \
         通行证号 通行证号码 回乡证号 台胞证号",
        "home return permit|travel permit",
    ),
    (Label::Is(Kind::MilitaryId), "军官证 军官证号 士兵证 军人证 文职证 警官证 军人身份证 军官证号码", ""),
    (
        Label::Is(Kind::Uscc),
        "统一社会信用代码 社会信用代码 信用代码 组织机构代码 纳税人识别号 税号 统一编号 统编 公司统编 \
         营利事业统一编号 税务登记号 企业代码 营业执照号 纳税识别号 注册号",
        "uscc|credit code|creditcode|unified social credit code|tax no|taxno|ubn",
    ),
    (
        Label::Is(Kind::Plate),
        "车牌 车牌号 车牌号码 号牌 号牌号码 车号 车辆号牌 牌照 牌照号码",
        "plate|plate no|plateno|plate number|license plate|licence plate|car plate|registration plate|\
         vehicle plate",
    ),
    (
        Label::Is(Kind::Vin),
        "车架号 车架号码 车辆识别代号 车辆识别码 车辆识别代码",
        "vin|vin code|vehicle identification number|chassis number|chassis no",
    ),
    (
        Label::Is(Kind::Imei),
        "imei 串号 设备imei 手机串号 设备串号 imei码 imei号",
        "imei|imei1|imei2|device imei",
    ),
    (
        Label::Is(Kind::DriverFile),
        "驾驶证档案编号 驾照档案编号 档案编号 驾驶证档案号 驾照档案号 驾照编号 驾驶证号档案",
        "driver file no|driverfileno",
    ),
    (
        Label::Is(Kind::SocialSecurity),
        "社保编号 社保号 社保号码 社保账号 社会保障号 社会保障号码 社会保险号 社会保险编号 个人社保号 \
         社保卡号 社保电脑号 医保编号",
        "socialsecurityno|social insurance number|ssno",
    ),
    (
        Label::Is(Kind::HealthCard),
        "健保卡 健保卡号 健保卡号码 全民健康保险卡 医保卡 医保卡号 健保卡卡号",
        "health card|healthcard|health insurance card|nhi card",
    ),
    (
        Label::Is(Kind::InvoiceNo),
        "发票号码 发票号 发票编号 统一发票 统一发票号码 发票代码 电子发票号码 数电票号码",
        "invoice no|invoiceno|invoice number|invoicenumber",
    ),
    (Label::Is(Kind::CaseNo), "案号 案件编号 案件号 caseno", ""),
    (
        Label::Is(Kind::Postcode),
        "邮编 邮政编码 邮递区号 邮区编码",
        "zip|zip code|zipcode|postcode|post code|postal code|postalcode",
    ),
    (Label::Is(Kind::Ethnicity), "民族", "ethnicity|ethnic group|nation"),
    (
        Label::Is(Kind::DateOfBirth),
        "出生日期 出生年月日 出生年月 生日 出生 生于 出生于",
        "date of birth|dateofbirth|dob|birth date|birthdate|birthday|born|born on|d o b",
    ),
    (
        Label::Is(Kind::Wechat),
        "微信 微信号 微信加我 微信账号 微信id 加微信 加微 薇信 v信 vx号",
        "weixin|wechat|wechat id|wechatid|wx id|wxid|vx|line id|lineid|line 账号|line 帐号|wechat no",
    ),
    (Label::Is(Kind::Qq), "qq qq号 qq号码 企鹅号 扣扣 扣扣号", "qq|qq no|qq number|qqno"),
    (
        Label::Is(Kind::Username),
        "用户名 登录名 登录账号 账户名",
        "username|user name|userid|user id|login|login name|loginname|login id|handle|twitter|instagram|\
         github|telegram|account name|skype|screen name|uname|follow me",
    ),
    (
        Label::Is(Kind::Secret),
        "密码 口令 密钥 私钥 初始密码 登录密码 登录口令 支付密码",
        "password|passwd|pwd|passphrase|secret|secret key|secretkey|api key|apikey|access key|accesskey|\
         access token|accesstoken|auth token|bearer|client secret|private key|security code|cvv|cvc|\
         pin code|pin|identified by|refresh token|credentials|jwt|openai key",
    ),
    (
        Label::Is(Kind::Ip),
        "ip ip地址 登录ip",
        "ip|ip address|ipaddress|client ip|clientip|src ip|srcip|remote addr|host ip",
    ),
    (Label::Is(Kind::Mac), "mac地址 物理地址", "mac|mac address|macaddress"),
    (Label::Is(Kind::Url), "网址", "url|website|homepage|link"),
    (Label::NamePart, "姓 名 姓氏 名字", ""),
    (Label::AreaCode, "区号", "area code|areacode|dialling code|dialing code"),
    (
        Label::Age,
        "年龄 岁数 年纪 现年 时年 享年 实岁 虚岁",
        "age|aged|ages|patient age|customer age|age at admission|age in years",
    ),
    (Label::Amount, "金额 总价 价格 发票金额 合计 税额", "amount|total|price|invoice amount"),
    (
        Label::Reference,
        "订单 订单号 订单编号 单号 工单 工单号 工单编号 编号 批次 批次号 流水号 交易号 运单号 快递单号 \
         物流单号 验收单号 合同编号 合同号 项目编号 授权编号 证书编号 设备编号 资产编号 序列号 凭证号 \
         凭证 追踪号 请求号 会话 任务号 单据号",
        "order|order no|orderno|order id|orderid|order number|batch|batch no|batchno|trace|traceid|\
         trace id|serial|serial no|sn|tracking|tracking number|trackno|track no|track id|tracking no|\
         deliveryno|delivery no|jobid|job id|request id|requestid|session|session id|span id|spanid|uuid|\
         guid|transaction id|txn id|txid|ref|ticket|ticket no|ticketno|ticket id|record id|bill no|\
         billno|payno|pay no|asset|event id",
    ),
    (
        Label::Nothing,
        "序号 版本 版本号 型号 时间戳 校验 哈希 摘要 验证码 页码 文号 条款 产品名称 文件名 文件名称 \
         项目名称 主题 标题 备注 服务器 端口 进程 耗时 错误码 商品编号 商品名称 货号 库存 数量 期号 仓库 \
         尾号",
        "version|sha256|sha1|md5|hash|commit|build|ts|timestamp|time|sku|seq|sequence|rows|bytes|port|\
         pid|retry|checksum|digest|etag|product name|file name|filename|project name|model|qty|quantity|\
         code|error code|error|part number|release|chapter|section|article|paragraph|page|no of|event|\
         filepath|path|thread|line no",
    ),
];
