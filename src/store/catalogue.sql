WITH here AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY (current_schemas(false))
), extended AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relations AS (
    SELECT c.*, here.nspname FROM pg_class c JOIN here ON here.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT 1 FROM extended e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
)
SELECT CASE r.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'view ' ELSE 'table ' END || r.relname AS name,
    concat_ws(' ', r.relkind, r.relpersistence, CASE WHEN r.relrowsecurity THEN 'row security' END) AS detail
FROM relations r WHERE r.relkind NOT IN ('i', 'I', 't', 'c')
UNION ALL
SELECT 'column ' || r.relname || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), l.collname, CASE WHEN a.attnotnull THEN 'not null' END,
        nullif(a.attgenerated, ''), nullif(a.attidentity, ''), pg_get_expr(d.adbin, d.adrelid))
FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname <> 'default'
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT 'index ' || i.relname,
    replace(pg_get_indexdef(i.oid), quote_ident(i.nspname) || '.', '') || CASE WHEN x.indisvalid THEN '' ELSE ' invalid' END
FROM relations i JOIN pg_index x ON x.indexrelid = i.oid
UNION ALL
SELECT 'constraint ' || r.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
FROM relations r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')
UNION ALL
SELECT 'trigger ' || r.relname || '.' || t.tgname, ''
FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
UNION ALL
SELECT 'rule ' || r.relname || '.' || w.rulename, ''
FROM relations r JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
UNION ALL
SELECT 'policy ' || r.relname || '.' || p.polname, '' FROM relations r JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT 'function ' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')', md5(f.prosrc)
FROM pg_proc f JOIN here ON here.oid = f.pronamespace
WHERE NOT EXISTS (SELECT 1 FROM extended e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid)
ORDER BY 1
