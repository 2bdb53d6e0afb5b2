package server

import (
	"fmt"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Managed returns the adapters of FTP servers that are a cloud's services.
func Managed() []read.Adapter {
	out := []read.Adapter{
		{Types: []string{"aws_transfer_server"}, FTP: transferServer},
		{Types: []string{"azurerm_storage_account_local_user"}, Reads: []string{"azurerm_storage_account"}, FTP: storageUser},
	}
	out = append(out, read.Adapter{Types: []string{"azapi_resource", "azapi_update_resource"}, FTP: azapi})
	for _, app := range azureApps() {
		out = append(out, read.Adapter{Types: app.types, FTP: app.find})
	}
	return out
}

// The protocols of aws_transfer_server.
const (
	speaksFTP = 1 << iota
	speaksFTPS
	speaksSFTP
)

// transferServer reads a server of AWS Transfer Family. Its defaults are SFTP alone, SERVICE_MANAGED users and the
// security policy of 2018-11:
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/transfer_server.
func transferServer(s read.Subject) ([]fact.FTP, []fact.Unread) {
	const source = "the default of aws_transfer_server"
	o := objectOf(s)
	protocols := setting(o, "protocols", transferProtocols, speaksSFTP, source)
	if elements, _ := protocols.By.Elements(); protocols.State == ftpd.Known {
		for _, v := range elements {
			if text, _ := v.Text(); strings.EqualFold(text, "FTP") {
				protocols.By, protocols.At = v, v.At
			}
		}
	}
	e := fact.FTP{
		Name: "the Transfer Family server", Present: existing(s.Resource, protocols.At), At: protocols.At,
		Fixes: ftpd.Fixes{TLS: `Leave "FTP" out of protocols: FTPS and SFTP encrypt.`},
	}
	speaks := func(bits int) fact.Setting[bool] { return mapped(protocols, func(p int) bool { return p&bits != 0 }) }
	e.TLS = mapped(protocols, func(p int) ftpd.TLS {
		if p&speaksFTP != 0 {
			return ftpd.TLSNone
		}
		return ftpd.TLSRequired
	})
	// Service-managed users have only keys, so AWS no longer lets new servers combine them with FTP and FTPS; older servers
	// may.
	users := setting(o, "identity_provider_type", readWord(map[string]bool{
		"SERVICE_MANAGED": true, "API_GATEWAY": false, "AWS_DIRECTORY_SERVICE": false, "AWS_LAMBDA": false,
	}), true, source)
	passwords := setting(o, "sftp_authentication_methods", readWord(map[string]bool{
		"PASSWORD": true, "PUBLIC_KEY": false, "PUBLIC_KEY_OR_PASSWORD": false, "PUBLIC_KEY_AND_PASSWORD": false,
	}), false, source)
	policy := setting(o, "security_policy_name", obsoletePolicy, true, source)
	e.Weak = []fact.Remark{
		{
			Key: "service-managed", What: "keeps the users of its FTP endpoint itself, without a directory or a second factor",
			Fix: "Set identity_provider_type to a directory, a function or an API that authenticates users.", Holds: both(speaks(speaksFTP|speaksFTPS), users),
		},
		{
			Key: "password-only", What: "lets SFTP users in by a password alone",
			Fix: `Set sftp_authentication_methods to "PUBLIC_KEY_AND_PASSWORD" or "PUBLIC_KEY".`, Holds: both(speaks(speaksSFTP), passwords),
		},
	}
	e.Cleartext = []fact.Remark{{
		Key: "security policy", What: "accepts the cipher suites of an obsolete security policy", Note: true,
		Fix: `Set security_policy_name to the newest policy, such as "TransferSecurityPolicy-2024-01".`, Holds: both(speaks(speaksFTPS), policy),
	}}
	return []fact.FTP{e}, nil
}

// transferProtocols reads a set of protocols. If FTP is in it, the rest doesn't matter.
func transferProtocols(v graph.Value) (int, bool) {
	elements, whole := v.Elements()
	if !read.Given(v) {
		return 0, false
	}
	out := 0
	for _, e := range elements {
		text, ok := e.Text()
		whole = whole && ok
		switch strings.ToUpper(text) {
		case "FTP":
			out |= speaksFTP
		case "FTPS":
			out |= speaksFTPS
		case "SFTP":
			out |= speaksSFTP
		}
	}
	return out, whole || out&speaksFTP != 0
}

// obsoletePolicy reports whether a security policy allows cipher suites without forward secrecy:
// https://docs.aws.amazon.com/transfer/latest/userguide/security-policies.html.
func obsoletePolicy(v graph.Value) (obsolete, ok bool) {
	name, ok := v.Text()
	if !ok || name == "" {
		return false, false
	}
	return strings.HasSuffix(name, "-2018-11") || strings.HasSuffix(name, "-2020-06"), true
}

// readWord returns the reader of a text, in upper or lower case, by a table of words.
func readWord[T any](words map[string]T) func(graph.Value) (T, bool) {
	return func(v graph.Value) (T, bool) {
		text, _ := v.Text()
		for word, value := range words {
			if strings.EqualFold(word, text) {
				return value, true
			}
		}
		var none T
		return none, false
	}
}

func readBool(v graph.Value) (bool, bool) { return v.Bool() }

// both returns whether two things hold. The place is the second one's, unless only the first is unknown.
func both(a, b fact.Setting[bool]) fact.Setting[bool] {
	is := func(s fact.Setting[bool], want bool) bool { return s.State != ftpd.Unknown && s.Value == want }
	switch {
	case is(a, false):
		return a
	case is(b, true) && a.State == ftpd.Unknown:
		return a
	}
	return b
}

// azureApp is how resource types that run web apps speak of FTP deployment.
type azureApp struct {
	types []string
	// state is the value of site_config.ftps_state if it isn't set, and source says whose default that is. It is the same in
	// all versions of the provider that have the type.
	state, source string
	// basic is the attribute that allows logging in with the basic publishing credentials; it is true by default. It is empty
	// if the resource has none. The provider has it since version MAJOR.MINOR in since.
	basic string
	since [2]int
}

func azureApps() []azureApp {
	const basic = "ftp_publish_basic_authentication_enabled"
	return []azureApp{
		{
			// From 2.76 on: https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/linux_web_app.
			types: []string{
				"azurerm_linux_web_app", "azurerm_linux_web_app_slot", "azurerm_windows_web_app", "azurerm_windows_web_app_slot",
				"azurerm_linux_function_app", "azurerm_linux_function_app_slot", "azurerm_windows_function_app",
				"azurerm_windows_function_app_slot",
			},
			// The provider's CHANGELOG-v3.md.
			state: "Disabled", source: "the provider's default", basic: basic, since: [2]int{3, 81},
		},
		{
			// Until 4: https://registry.terraform.io/providers/hashicorp/azurerm/2.99.0/docs/resources/app_service.
			types: []string{"azurerm_app_service", "azurerm_app_service_slot", "azurerm_function_app", "azurerm_function_app_slot"},
			state: "AllAllowed", source: "Azure's default",
		},
		{
			// https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/logic_app_standard.
			// And CHANGELOG-v4.md.
			types: []string{"azurerm_logic_app_standard"}, state: "AllAllowed", source: "Azure's default", basic: basic, since: [2]int{4, 20},
		},
	}
}

func (a azureApp) find(s read.Subject) ([]fact.FTP, []fact.Unread) {
	o := objectOf(s)
	state := fact.Setting[string]{State: ftpd.Default, Value: a.state, Source: a.source, At: o.at}
	if blocks := o.blocks("site_config"); len(blocks) > 0 {
		state = setting(blocks[0], "ftps_state", ftpsState, a.state, a.source)
	} else if known, written := o.attr("site_config"); read.Given(known) {
		state.State, state.Source, state.Decides = ftpd.Unknown, "site_config isn't known", decidersOf(known, written)
	}
	e, offered := deployment(s, state, `Set ftps_state in site_config to "Disabled", or to "FtpsOnly" if FTP is needed.`)
	if offered.State != ftpd.Unknown && !offered.Value {
		return nil, nil
	}
	basic := fact.Setting[bool]{State: ftpd.Default, Value: true, Source: "Azure's default", At: state.At, By: state.By}
	fix := `Set ftps_state to "Disabled"; this resource can't turn the credentials off.`
	if a.basic != "" {
		has, known := s.Resource.ProviderAtLeast(a.since[0], a.since[1]).Bool()
		basic = setting(o, a.basic, readBool, true, "the provider's default")
		fix = "Set " + a.basic + " to false."
		if known && !has && basic.State == ftpd.Default {
			basic.Source = "Azure's default"
			fix = fmt.Sprintf(`Set ftps_state to "Disabled"; or set %s to false, which takes version %d.%d of the provider.`, a.basic, a.since[0], a.since[1])
		}
	}
	e.Weak = []fact.Remark{{
		Key: "basic authentication", What: "accepts the basic publishing credentials", Fix: fix, Holds: both(offered, basic),
	}}
	return []fact.FTP{e}, nil
}

// ftpsState reads whether a web app offers FTP, and FTPS.
func ftpsState(v graph.Value) (string, bool) {
	return readWord(map[string]string{"AllAllowed": "AllAllowed", "FtpsOnly": "FtpsOnly", "Disabled": "Disabled"})(v)
}

// deployment returns the endpoint of a web app that takes deployments by FTP, and whether there is one.
func deployment(s read.Subject, state fact.Setting[string], fix string) (fact.FTP, fact.Setting[bool]) {
	return fact.FTP{
		Name: "the FTP deployment endpoint", Present: existing(s.Resource, state.At), At: state.At, Fixes: ftpd.Fixes{TLS: fix},
		TLS: mapped(state, func(word string) ftpd.TLS {
			if word == "AllAllowed" {
				return ftpd.TLSOptional
			}
			return ftpd.TLSRequired
		}),
	}, mapped(state, func(word string) bool { return word != "Disabled" })
}

// azapiSite reads a web app, or a slot of one, that azapi_resource declares as Azure's API has it.
// Source: https://learn.microsoft.com/azure/templates/microsoft.web/sites
func azapiSite(s read.Subject) ([]fact.FTP, []fact.Unread) {
	state := fact.Setting[string]{State: ftpd.Default, Value: "AllAllowed", Source: "Azure's default", At: s.Resource.Decl}
	body := s.Resource.Attr("body")
	if body.Undecided() {
		state = fact.Setting[string]{State: ftpd.Unknown, Source: "body isn't known", Decides: body.Origins(), At: body.At}
	}
	for _, b := range read.Body(s.Resource) {
		for _, properties := range read.Nested(b, "properties") {
			for _, config := range read.Nested(properties, "siteConfig") {
				state = setting(object{known: config.Object, at: s.Resource.Decl}, "ftpsState", ftpsState, "AllAllowed", "Azure's default")
			}
		}
	}
	e, offered := deployment(s, state, `Set ftpsState in siteConfig to "Disabled", or to "FtpsOnly" if FTP is needed.`)
	if offered.State != ftpd.Unknown && !offered.Value {
		return nil, nil
	}
	return []fact.FTP{e}, nil
}

// storageUser reads a local user of a storage account, who logs in by SFTP.
func storageUser(s read.Subject) ([]fact.FTP, []fact.Unread) {
	o := objectOf(s)
	password := setting(o, "ssh_password_enabled", readBool, false, "the provider's default")
	known, written := o.attr("storage_account_id")
	serves := fact.Setting[bool]{State: ftpd.Unknown, Source: "its storage account isn't here", At: written.At, By: written, Decides: decidersOf(known, written)}
	if text, ok := known.Text(); ok {
		serves.Decides = []graph.Origin{read.Outside("the storage account "+text, known)}
	}
	targets, whole := s.Graph.Refer(known)
	if whole && len(targets) == 1 && targets[0].Resource != nil && targets[0].Resource.Addr.Mode == graph.Managed && targets[0].Resource.Addr.Type == "azurerm_storage_account" {
		account := object{known: targets[0].Resource.Object, at: targets[0].Resource.Decl}
		serves = setting(account, "sftp_enabled", readBool, false, "the provider's default")
		serves = both(serves, setting(account, "local_user_enabled", readBool, true, "the provider's default"))
		serves.At, serves.By = written.At, written
	}
	return []fact.FTP{{
		Name: "the storage account's SFTP", Present: existing(s.Resource, o.at), At: o.at,
		Weak: []fact.Remark{{
			Key: "password", What: "lets the user in by a password alone", Fix: "Set ssh_password_enabled to false, and give the user a key.",
			Holds: both(serves, password),
		}},
	}}, nil
}
