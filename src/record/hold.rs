//! 诉讼保留: the closed words of holds. What they name and why stands elsewhere, sealed or as ids.

closed_words! {
    /// Whether a hold reaches what is captured later.
    pub enum HoldMode {
        /// What is there when it is placed, and nothing else.
        Snapshot = "snapshot" | "快照" | "当时已有" | "當時已有",
        /// What comes later as well.
        Live = "live" | "动态" | "持续" | "動態" | "持續",
    }
}

closed_words! {
    /// Where a hold stands.
    pub enum HoldState {
        /// It holds.
        Standing = "standing" | "保留中",
        /// It was released; for a while it rests on what it held.
        Released = "released" | "已解除",
    }
}

closed_words! {
    /// What a member of a hold is.
    pub enum HoldMemberKind {
        /// A record.
        Record = "record" | "档案" | "檔案",
        /// An entry of a bulk log.
        Entry = "entry" | "条目" | "條目",
        /// A case, with whatever lies in it.
        Case = "case" | "服务案卷" | "服務案卷",
        /// A party, with every record that names it and every case in which it takes part.
        Party = "party" | "当事人" | "當事人",
        /// A category.
        Category = "category" | "类别" | "類別",
        /// A custom field with its value, such as the number of a contract.
        Field = "field" | "自定义字段" | "自訂欄位",
    }
}
