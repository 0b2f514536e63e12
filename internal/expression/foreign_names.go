package expression

// foreignNames are functions of other languages, in small letters, with what does the same here.
var foreignNames = map[string]string{
	"number": "float(x) makes a number of text", "num": "float(x) makes a number of text", "tonumber": "float(x) makes a number of text",
	"parseint": "int(x) makes a whole number of text", "parsefloat": "float(x) makes a number of text",
	"str": "string(x) makes a text of a value", "tostring": "string(x) makes a text of a value", "text": "string(x) makes a text of a value",
	"strlen": "len(x) is the length", "length": "len(x) is the length", "size": "len(x) is the length",
	"substr": "x[1:3] is a part of a text", "substring": "x[1:3] is a part of a text", "left": "x[:3] is the beginning of a text", "right": "x[-3:] is the end of a text",
	"concat_ws": "join(list, text) puts texts together", "coalesce": "a ?? b is b where a is null", "ifnull": "a ?? b is b where a is null", "nvl": "a ?? b is b where a is null", "default": "a ?? b is b where a is null",
	"if": "condition ? a : b chooses", "iif": "condition ? a : b chooses", "case": "condition ? a : b chooses", "ternary": "condition ? a : b chooses",
	"isnull": "x == nil asks for null", "is_null": "x == nil asks for null", "isempty": "x == nil asks for null, and for an empty field", "is_empty": "x == nil asks for null, and for an empty field",
	"match": "x matches `pattern` asks whether a text does", "test": "x matches `pattern` asks whether a text does", "regex": "x matches `pattern` asks whether a text does", "contains": "x contains `text` asks whether a text does", "includes": "x contains `text` asks whether a text does",
	"startswith": "x startsWith `text` asks whether a text does", "starts_with": "x startsWith `text` asks whether a text does", "endswith": "x endsWith `text` asks whether a text does", "ends_with": "x endsWith `text` asks whether a text does",
	"avg": "mean(list) is the mean", "average": "mean(list) is the mean", "toupper": "upper(x) makes capitals", "uppercase": "upper(x) makes capitals", "ucase": "upper(x) makes capitals",
	"tolower": "lower(x) makes small letters", "lowercase": "lower(x) makes small letters", "lcase": "lower(x) makes small letters",
	"strip": "trim(x) takes blanks away", "ltrim": "trimPrefix and trimSuffix take away what is at one end", "rtrim": "trimPrefix and trimSuffix take away what is at one end",
	"gensub": "gsub(x, pattern, text) replaces", "regex_replace": "gsub(x, pattern, text) replaces", "regexp_replace": "gsub(x, pattern, text) replaces",
	"sprintf": "fmt(x, `.2f`) writes a number", "format": "fmt(x, `.2f`) writes a number, and the stage format fills a template", "printf": "fmt(x, `.2f`) writes a number",
	"systime": "now() is the time", "today": "now() is the time", "to_date": "date(x) reads a time", "sec2gmt": "strftime(x, format) writes a time",
	"sqrt": "x ** 0.5 is the root", "pow": "a ** b is a power", "power": "a ** b is a power", "mod": "a % b is the rest",
	"extension": "ext(path) is the ending of a name", "extname": "ext(path) is the ending of a name", "filebase": "basename(path) is the last part", "parent": "dirname(path) is the path without its last part",
	"md5": "hash(x, `md5`) is the digest", "sha256": "hash(x) is the digest", "getenv": "$NAME is a variable of the environment", "env": "$NAME is a variable of the environment",
	"explode": "split(x, text) makes a list", "splitax": "split(x, text) makes a list", "nonempty": "filter(list, # != nil) leaves out null", "exists": "x != nil asks whether there is a value",
}
