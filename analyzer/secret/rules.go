package secret

import (
	"regexp"
	"strings"
	"sync"
)

// rule is a form of secrets.
type rule struct {
	// words are in lower case. A text without any of them has no secret of this form, nor has one without sign, if that isn't "".
	words []string
	sign  string
	// pattern matches one secret in its group s. A group n is the name of what is assigned; it must be the name of a secret.
	pattern func() *regexp.Regexp
	// loose is true if ordinary prose often has this form: "the password: it is short".
	loose bool
}

// nameWords returns parts of the names of secrets.
func nameWords() []string {
	return []string{"pass", "pwd", "pw", "secret", "token", "key", "credential", "psk", "connection", "connstr", "sas", "auth"}
}

const (
	// name matches what may be the name of a secret; speaks decides.
	name = `(?P<n>[\w.-]*(?:pass|pwd|pw|secret|token|key|credential|psk|connection|connstr|sas|auth)[\w-]*)\\?["']?\]?`
	// bare matches a value without quotes.
	bare = `(?P<s>[^\s"',;\\]+)`
)

// rules returns the forms of secrets. The formats of tokens are from their issuers' documentation.
var rules = sync.OnceValue(func() []rule {
	form := func(pattern string, words ...string) rule {
		return rule{words: words, pattern: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })}
	}
	loose := func(pattern string, words ...string) rule {
		r := form(pattern, words...)
		r.loose = true
		return r
	}
	signed := func(sign string, r rule) rule {
		r.sign = sign
		return r
	}
	return []rule{
		// name = "value", name: "value", "name": "value", also escaped in a string.
		signed(`"`, form(`(?i)`+name+`\s*(?:=>?|:)\s*\\?"(?P<s>(?:[^"\\\n]|\\[^"\n])+)`, nameWords()...)),
		signed(`'`, form(`(?i)`+name+`\s*(?:=>?|:)\s*'(?P<s>[^'\n]+)'`, nameWords()...)),
		// name=value, name: value, without quotes.
		signed(`=`, form(`(?i)`+name+`=`+bare, nameWords()...)),
		loose(`(?i)`+name+`(?:[ \t]*:[ \t]+|[ \t]+=[ \t]+)`+bare, nameWords()...),
		// Options: --password value, -Password value, /pass:value.
		form(`(?i)(?:^|[\s"'])--?(?:[\w-]*-)?(?:password|passwd|pass|passphrase|secret|token|api-?key|secret-?key|access-?key|client-?secret|psk|rp)(?:[ \t]+|=)["']?(?P<s>[^\s"']+)`,
			"-pass", "-secret", "-token", "-api", "-access", "-client", "-psk", "-rp", "password"),
		form(`(?i)\s/(?:pass|password|p|rp)(?::[ \t]*|[ \t]+)["']?(?P<s>[^\s"']+)`, "/p", "/rp"),
		// Lists of variables: name = "FTP_PASS", value = "…".
		form(`(?i)\b(?:name|key|parameter_?key)\\?["']?\s*[=:]\s*\\?["'](?:(?P<n>[\w.-]*(?:pass|pwd|secret|token|key|credential)[\w-]*)|USERS)\\?["']\s*,?\s*\\?["']?(?:parameter_?)?value\\?["']?\s*[=:]\s*\\?["'](?P<s>[^"'\n\\]+)`,
			"value"),
		// The users of container images: name|password, in USERS.
		form(`(?i)\bUSERS["']?\s*(?:=|:)\s*["']?(?P<s>[^"'\n]*\|[^"'\n]*)`, "users"),
		// user:password:uid of the image atmoz/sftp, in SFTP_USERS.
		form(`(?i)\bSFTP_USERS["']?\s*(?:=|:)\s*["']?[^\s:"']+:(?P<s>[^\s:"']+)`, "sftp_users"),

		// Commands.
		form(`(?im)\bchpasswd\b[^\n]*<<<\s*["']?[^\n:]*:(?P<s>[^\n]+)`, "chpasswd"),
		form(`(?im)\b(?:passwd|pure-pw|smbpasswd)\b[^\n]*<<<\s*(?P<s>[^\n]+)`, "<<<"),
		form(`(?im)\buser(?:add|mod)\b[^\n]*?\s(?:-p|--password)[ \t=]+["']?(?P<s>[^\s"']+)`, "useradd", "usermod"),
		loose(`(?im)\bnet[ \t]+user[ \t]+(?:"[^"\n]*"|\S+)[ \t]+["']?(?P<s>[^\s/"'][^\s"']*)`, "net user", "net  user", "net\tuser"),
		form(`(?im)\bnet[ \t]+use\b[^\n]*?/user:\S+[ \t]+["']?(?P<s>[^\s/"'][^\s"']*)`, "/user:"),
		form(`(?im)\bnet[ \t]+use\b[^\n]*?[ \t](?P<s>[^\s/"'\\:]+)[ \t]+/user:`, "/user:"),
		form(`(?i)ConvertTo-SecureString\s+(?:-String\s+)?["'](?P<s>[^"'\n]+)`, "convertto-securestring"),
		form(`(?i)\b(?:Network|PS)Credential(?:\]::new)?\s*\(\s*["'][^"'\n]*["']\s*,\s*["'](?P<s>[^"'\n]+)`, "credential"),
		form(`(?im)\bsshpass\b[^\n]*?-p[ \t]*["']?(?P<s>[^\s"']+)`, "sshpass"),
		form(`(?im)\b(?:curl|wget|http|https|xh)\b[^\n]*?\s(?:-[a-z]*[uU]|--user|--proxy-user|-a|--auth)[ \t=]*["']?[^\s:"']+:(?P<s>[^\s"']+)`, "curl", "http", "xh"),
		form(`(?im)\blftp\b[^\n]*?\s(?:-u|--user)[ \t=]*["']?[^\s,"']+,(?P<s>[^\s"',]+)`, "lftp"),
		form(`(?im)\blftp\b[^\n]*\bopen\b[^\n]*?\s-u[ \t]*["']?[^\s,"']+,(?P<s>[^\s"',]+)`, "lftp"),
		form(`(?im)\b(?:ncftp\w*|mongo\w*|sqlcmd|bcp|(?:docker|podman|buildah|skopeo|nerdctl|crane|oras|az|registry)\s+login|rcon|mosquitto_\w+)\b[^\n]*?\s-[pP](?:[ \t=]+["']?|["'])(?P<s>[^\s"'-][^\s"']*)`,
			"ncftp", "mongo", "sqlcmd", "bcp", "login", "mosquitto", "rcon"),
		form(`(?im)\b(?:mysql\w*|mariadb[\w-]*|7z[ar]?|mongo\w*|unrar|rar)\b[^\n]*?\s-p(?P<s>[^\s"'=-][^\s"']*)`, "mysql", "mariadb", "7z", "mongo", "rar"),
		form(`(?im)\b(?:zip|unzip)\b[^\n]*?\s-P[ \t]*["']?(?P<s>[^\s"']+)`, "zip"),
		form(`(?im)\bredis-cli\b[^\n]*?\s-a[ \t]+["']?(?P<s>[^\s"']+)`, "redis-cli"),
		form(`(?im)\b(?:ldap(?:search|modify|add|passwd|whoami|delete)|ipmitool)\b[^\n]*?\s-[wPs][ \t]+["']?(?P<s>[^\s"'-][^\s"']*)`, "ldap", "ipmitool"),
		form(`(?im)\bhtpasswd\b[^\n]*?\s-\w*b\w*[ \t]+\S+[ \t]+\S+[ \t]+["']?(?P<s>[^\s"']+)`, "htpasswd"),
		form(`(?im)\bhtpasswd\b[ \t]+-\w*n\w*b?\w*[ \t]+\S+[ \t]+["']?(?P<s>[^\s"']+)`, "htpasswd"),
		form(`(?im)\b(?:smbclient|rpcclient|smbget|net|winexe|mount\.cifs)\b[^\n]*?\s(?:-U|--user)[ \t=]*["']?[^\s%"']+%(?P<s>[^\s"']+)`, "-u"),
		form(`(?i)\brclone[ \t]+obscure[ \t]+["']?(?P<s>[^\s"']+)`, "rclone"),
		form(`(?i)\bopenssl[ \t]+passwd\b(?:[ \t]+-(?:salt[ \t]+\S+|\w+))*[ \t]+["']?(?P<s>[^\s"'-][^\s"']*)`, "openssl"),
		form(`(?i)\bmkpasswd\b(?:[ \t]+(?:-[mSRP][ \t]+\S+|-[sl]|--stdin|--[\w-]+=\S+))*[ \t]+["']?(?P<s>[^\s"'-][^\s"']*)`, "mkpasswd"),
		form(`(?i)\bcrypt\([ \t]*["'](?P<s>[^\s"']+)`, "crypt"),
		form(`(?i)-pass(?:in|out)?[ \t]+["']?pass:(?P<s>[^\s"']+)`, "pass:"),
		form(`(?im)\baws[ \t]+configure[ \t]+set[ \t]+\S*(?:secret|token)\S*[ \t]+["']?(?P<s>[^\s"']+)`, "configure"),
		form(`(?i)--from-literal[= \t]+["']?(?P<n>[\w.-]+)=(?P<s>[^\s"']+)`, "--from-literal"),
		form(`(?im)^[ \t]*(?:machine[ \t]+\S+|default)[ \t]+login[ \t]+\S+[ \t]+password[ \t]+(?P<s>\S+)`, "login"),
		loose(`(?im)^[ \t]*password[ \t]+(?P<s>[^\s=:{(]+)[ \t]*$`, "password"),
		// What FTP's clients send: user NAME PASSWORD, quote PASS PASSWORD.
		loose(`(?im)^[ \t]*user[ \t]+[\w.@-]+[ \t]+(?P<s>[^\s={(\[:]+)[ \t]*$`, "user"),
		form(`(?im)\b(?:quote[ \t]+|["'])PASS[ \t]+(?P<s>[^\s"'\\]+)`, "pass"),
		loose(`(?im)\bsend[ \t]+(?:--[ \t]+)?"(?P<s>[^"\n]+?)(?:\\r|\\n)`, "send"),
		form(`(?i)\bdebconf-set-selections\b[^\n]*?password["']?[ \t]+password[ \t]+(?P<s>[^\s"']+)`, "debconf"),
		loose(`(?im)[ \t/](?:[\w-]*passw(?:or)?d[\w-]*)[ \t]+password[ \t]+(?P<s>[^\s"']+)`, "password"),
		form(`(?i)IDENTIFIED\s+(?:WITH\s+\S+\s+)?BY\s+(?:PASSWORD\s+)?["'](?P<s>[^"'\n]+)`, "identified"),
		form(`(?i)\b(?:WITH|ENCRYPTED)\s+PASSWORD\s+["'](?P<s>[^"'\n]+)`, "password"),
		form(`(?im)\bsnmp\w*\b[^\n]*?\s-(?:c|A|X)[ \t]*["']?(?P<s>[^\s"'-][^\s"']*)`, "snmp"),
		loose(`(?im)^[ \t]*r[ow]community6?[ \t]+(?P<s>\S+)`, "community"),
		form(`(?im)\b(?:requirepass|masterauth)[ \t]+["']?(?P<s>[^\s"']+)`, "requirepass", "masterauth"),

		// Addresses and headers.
		form(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:(?P<s>[^\s/@"']+)@`, "://"),
		form(`(?i)://(?P<s>[a-z0-9_-]{20,})@`, "://"),
		form(`(?i)[?&](?:sig|signature|x-amz-signature|x-goog-signature|x-amz-security-token|access_token|code)=(?P<s>[\w%+/=.~-]{16,})`, "sig", "token=", "code="),
		form(`(?i)\bhooks\.slack\.com/(?:services|workflows|triggers)/(?P<s>[\w/]{20,})`, "hooks.slack.com"),
		form(`(?i)\bdiscord(?:app)?\.com/api/webhooks/\d+/(?P<s>[\w-]{20,})`, "/webhooks/"),
		form(`(?i)\bwebhook\.office\.com/webhookb2/(?P<s>[\w@/-]{20,})`, "webhookb2"),
		form(`(?i)\b(?:Proxy-)?Authorization["']?\s*[:=,]\s*["']?(?:Basic|Bearer|Token|Digest|ApiKey|GenieKey|SharedAccessSignature|AWS4-HMAC-SHA256)?\s*(?P<s>[^\s"']+)`, "authorization"),
		form(`(?i)\b(?:X-[\w-]*(?:Token|Key|Secret|Auth)|PRIVATE-TOKEN|DD-API-KEY|Api-Key)["']?\s*:\s*["']?(?P<s>[^\s"']+)`, "token", "key", "x-"),

		// Hashes in the format of crypt(3), htpasswd and LDAP.
		form(`(?P<s>\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2\w*|sha1|scrypt|pbkdf2[\w-]*)\$[^\s"':]+)`, "$1$", "$2", "$5$", "$6$", "$7$", "$y$", "$gy$", "$a", "$s", "$p"),
		form(`(?P<s>\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT|PBKDF2[\w-]*)\}[A-Za-z0-9+/=$.-]{8,})`, "{s", "{m", "{c", "{p"),

		// The keys and tokens of clouds, forges and services.
		form(`\b(?P<s>(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA)[A-Z0-9]{16})\b`, "akia", "asia", "abia", "acca", "agpa", "aida", "aroa"),
		form(`\b(?P<s>gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,})`, "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
		form(`\b(?P<s>gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\w.-]{16,}|GR1348941[\w-]{16,})`, "gl", "gr1348941"),
		form(`\b(?P<s>xox[a-z](?:\.xox[a-z])?-[\w-]{10,}|xapp-\d-[\w-]{10,})`, "xox", "xapp-"),
		form(`\b(?P<s>AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})`, "aiza", "ya29.", "gocspx-"),
		form(`\b(?P<s>hv[sbr]\.[\w-]{20,}|[a-zA-Z0-9]{14}\.atlasv1\.[\w-]{40,})`, "hvs.", "hvb.", "hvr.", ".atlasv1."),
		form(`\b(?P<s>[srp]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})`, "k_live", "k_test", "k_prod", "whsec_"),
		form(`\b(?P<s>npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|rubygems_[a-f0-9]{40,}|dckr_(?:pat|oat)_[\w-]{20,}|CLOJARS_[a-z0-9]{40,})`, "npm_", "pypi-", "rubygems_", "dckr_", "clojars_"),
		form(`\b(?P<s>do[opr]_v1_[a-f0-9]{40,}|sbp_[a-f0-9]{40}|pscale_(?:tkn|pw|oauth)_[\w.=-]{30,}|nfp_\w{30,}|fo1_[\w-]{40,}|FlyV1\s+\S{30,}|HRKU-[\w-]{30,}|tskey-[\w-]{20,}|pul-[a-f0-9]{40}|dp\.[a-z]{2,}\.[\w.]{30,})`,
			"_v1_", "sbp_", "pscale_", "nfp_", "fo1_", "flyv1", "hrku-", "tskey-", "pul-", "dp."),
		form(`\b(?P<s>SG\.[\w-]{16,}\.[\w-]{16,}|key-[0-9a-f]{32}|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|sq0[a-z]{3}-[\w-]{20,}|EAAA[\w-]{60})`, "sg.", "key-", "shp", "sq0", "eaaa"),
		form(`\b(?P<s>sk-(?:ant-|proj-|svcacct-|or-)?[\w-]{20,}|hf_[A-Za-z]{30,}|dapi[a-f0-9]{32}|gsk_\w{40,}|r8_\w{30,})`, "sk-", "hf_", "dapi", "gsk_", "r8_"),
		form(`\b(?P<s>gl(?:sa|c)_[\w+/=-]{20,}|NR(?:AK|JS|II)-[\w-]{20,}|sntry[su]_[\w+/=-]{40,}|dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}|PMAK-[\w-]{50,}|lin_api_\w{30,}|ntn_\w{40,}|figd_[\w-]{30,}|ATATT3[\w=-]{60,}|ATBB[\w=-]{20,}|ATCTT3[\w=-]{60,})`,
			"glsa_", "glc_", "nrak-", "nrjs-", "nrii-", "sntry", "dt0", "pmak-", "lin_api_", "ntn_", "figd_", "atatt3", "atbb", "atctt3"),
		form(`\b(?P<s>LTAI[A-Za-z0-9]{16,24}|AKID[A-Za-z0-9]{13,40}|AQVN[\w-]{30,}|y[0-3]_[\w-]{50,}|t1\.[\w-]+\.[\w-]{40,}|ops_eyJ[\w-]{40,}|ico-[A-Za-z0-9]{32}|sgp_\w{40,}|AKCp\w{60,})`,
			"ltai", "akid", "aqvn", "y0_", "y1_", "y2_", "y3_", "t1.", "ops_eyj", "ico-", "sgp_", "akcp"),
		// A client secret of Microsoft Entra ID.
		form(`(?:^|[^\w~.-])(?P<s>[\w~.-]{3}\dQ~[\w~.-]{31,34})(?:$|[^\w~.-])`, "q~"),
		form(`\b(?P<s>\d{8,10}:AA[\w-]{30,})`, ":aa"),
		form(`\b(?P<s>AGE-SECRET-KEY-1[0-9A-Z]{20,})`, "age-secret-key-1"),
		form(`\b(?P<s>eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*)`, "eyj"),
	}
})

// notNames matches the ends of names of something about a secret that isn't the secret.
var notNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[_.-])(?:name|names|arn|arns|path|paths|file|files|filename|dir|directory|url|uri|endpoint|length|len|size|policy|ttl|version|versions|type|types|` +
		`algorithm|alg|bits|rotation|rotate|days|expiration|expiry|expires|expire|enabled|enable|disabled|required|require|optional|allowed|format|prefix|suffix|` +
		`count|min|max|age|history|reset|reuse|lifetime|duration|timeout|period|usage|usages|spec|rsa|store|provider|method|methods|mode|scheme|audience|issuer|scopes?|refs?|` +
		`vault|manager|alias|aliases|pair|pairs|vault_id|key_id|kms_id|token_id|resource_id|parameter|parameters|selector|region|hint|title|description|label|comment|change|status|state|authority|port|host|user|username|group|login|login_type|in|by|with|no|ring|board|map|space|word_protected)$`)
})

// secretNames matches names of secrets, or the ends of such names.
var secretNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:passw(?:or)?ds?|passwd|passphrase|passwort|passcode|secret|token|credentials?|` +
		`(?:api|access|private|account|shared|master|secret|encryption|signing|license|storage|admin|function|host|deploy|app|application|service|auth|instrumentation|subscription|primary|secondary|data|session|cookie|hmac|webhook|ssh|wg|wireguard|client|write|read|sas|management|root|kms_plain|smtp|redis)[_.-]?(?:access[_.-]?)?key|secretkey|` +
		`(?:^|[_.-])pass(?:$|[_.\d-])|(?:ftp|db|user|my|my?sql|pg|root|admin|smtp|http|net|bind|ssh|sa|vnc|mail)_?pass$|(?:^|[_.-]|db|user|admin|root|pg)pwd\d*$|(?:^|[_.-]|db|user|admin|root|ftp)pw\d*$|(?:^|[_.-])psk$|` +
		`connection[_-]?string|connstr|sas[_-]?(?:token|url)|(?:^|[_.-])auth[_.-]?(?:data|value)?$|authtoken|_auth$)`)
})

// publicNames matches names with "key" in them that name a public key, or no key.
var publicNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)public|tokeniz|host_?key_?alg|secretsmanager|secret_?manager`)
})

// speaks reports whether a name is that of a secret.
func speaks(name string) bool {
	return secretNames().MatchString(name) && !notNames().MatchString(snake(name)) && !publicNames().MatchString(name)
}

// snake inserts an underscore before each capital that follows a small letter, so that secretName splits like secret_name.
func snake(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if i > 0 && name[i] >= 'A' && name[i] <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z' {
			b.WriteByte('_')
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// notSecret matches what may stand in a secret's place and is none: references, calls, constants, names of other things, and
// placeholders.
var notSecret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:var|local|data|module|each|count|self|path|terraform|ephemeral|random_\w+)\.[^\s"']*|[a-z][a-z0-9]*_[a-z0-9_]+[.\[][^\s"']*|` +
		`[a-z0-9]+\(.*|[\[(].*|\{(?:[^A-Z].*|[A-Z_]+\})?|(?i:true|false|null|none|nil|yes|no|on|off|required|optional|disabled|enabled|undefined)|[0-9]{1,6}|arn:[\w-]*:.*|` +
		`\$(?:[a-zA-Z_]\w*|\{[a-zA-Z_]\w*\})|\$?\{\{[^{}]*\}\}|%[A-Za-z_]\w*%|<[A-Za-z][\w .-]*>?|[*x.•·-]+|` +
		`\$\{(?:(?:var|local|data|module|each|count|self|path)\.[^}"]*|[a-z][a-z0-9]*_[a-z0-9_]+\.[^}"]*)\}|\$[A-Za-z]+:[\w()]+)$`)
})
