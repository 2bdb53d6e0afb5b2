package main

import (
	"bytes"
	"slices"
	"strings"
)

// collector is a writer that finds the IDs of networks, and of what lies in networks, in a text. They say which documents
// are about one network; what an ID means in a document is for package analyzer to tell.
type collector struct {
	// networks are IDs of networks, and parts those of what else there is.
	networks, parts map[string]bool
	// rest is the end of what was written, where an ID may have begun.
	rest []byte
}

// longestID is how long an ID of a network may be.
const longestID = 400

// mostIDs is how many IDs of a document count.
const mostIDs = 100_000

func newCollector() *collector {
	return &collector{networks: map[string]bool{}, parts: map[string]bool{}}
}

// Write looks through a part of the text. It never fails.
func (c *collector) Write(p []byte) (int, error) {
	text := append(c.rest, p...)
	end := len(text)
	if end > longestID {
		// An ID that goes on in the next part is found there.
		end = bytes.LastIndexFunc(text, func(r rune) bool { return !inID(r) }) + 1
		end = max(end, len(text)-longestID)
	} else {
		end = 0
	}
	c.scan(text[:end])
	c.rest = append(c.rest[:0], text[end:]...)
	return len(p), nil
}

// end looks through the end of the text.
func (c *collector) end() {
	c.scan(c.rest)
	c.rest = nil
}

func inID(r rune) bool {
	return r < 0x80 && (r == '-' || r == '_' || r == '.' || r == '/' || r == ':' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
}

func (c *collector) scan(text []byte) {
	for len(text) > 0 {
		from := bytes.IndexFunc(text, inID)
		if from < 0 {
			return
		}
		text = text[from:]
		to := bytes.IndexFunc(text, func(r rune) bool { return !inID(r) })
		if to < 0 {
			to = len(text)
		}
		if to >= 8 && to <= longestID {
			c.word(text[:to])
		}
		text = text[to:]
	}
}

// amazonParts are the beginnings of the IDs of what lies in a single VPC, without the hyphen.
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html.
func amazonParts() []string {
	return []string{
		"subnet", "sg", "rtb", "igw", "eigw", "acl", "eni", "eipalloc", "nat", "i", "vpce", "vgw",
	}
}

func (c *collector) word(word []byte) {
	if len(c.networks)+len(c.parts) >= mostIDs {
		return
	}
	if i := bytes.LastIndexByte(word, '-'); i > 0 && !bytes.ContainsRune(word, '/') {
		// AWS: a kind, a hyphen, and 8 or 17 hexadecimal digits.
		if kind, digits := string(word[:i]), word[i+1:]; (len(digits) == 8 || len(digits) == 17) && isHex(digits) {
			switch {
			case kind == "vpc":
				c.networks[string(word)] = true
			case slices.Contains(amazonParts(), kind):
				c.parts[string(word)] = true
			}
			return
		}
	}
	switch at := string(word); {
	case strings.HasPrefix(at, "/subscriptions/"):
		c.azure(at)
	case strings.Contains(at, "projects/") && strings.Contains(at, "/"):
		c.google(at)
	}
}

func isHex(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return ('0' > r || r > '9') && ('a' > r || r > 'f') })
}

// azure takes the ID of a resource, which has pairs of kinds and names, in any case.
// Source: https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/resource-name-rules.
func (c *collector) azure(id string) {
	id = strings.ToLower(id)
	elements := strings.Split(id, "/") // "", subscriptions, S, resourcegroups, G, providers, P, kind, name, …
	if len(elements) < 9 || elements[5] != "providers" {
		return
	}
	switch provider, kind := elements[6], elements[7]; {
	case kind == "virtualnetworks":
		c.networks[strings.Join(elements[:9], "/")] = true
	case provider == "microsoft.network" && slices.Contains(azureParts(), kind), provider == "microsoft.compute":
		c.parts[strings.Join(elements[:9], "/")] = true
	}
}

// azureParts are the kinds of what belongs to a network, as IDs have them in lower case.
// Source: https://learn.microsoft.com/en-us/azure/role-based-access-control/permissions/networking.
func azureParts() []string {
	return []string{
		"networkinterfaces", "networksecuritygroups", "applicationsecuritygroups", "routetables", "publicipaddresses", "loadbalancers",
		"applicationgateways", "natgateways", "azurefirewalls",
	}
}

// google takes the ID or the link of a resource: …projects/P/global/networks/N or …projects/P/regions/R/subnetworks/S.
// Source: https://cloud.google.com/apis/design/resource_names.
func (c *collector) google(id string) {
	_, id, _ = strings.Cut("/"+id, "/projects/")
	elements := strings.Split(id, "/")
	switch {
	case len(elements) == 4 && elements[1] == "global" && elements[2] == "networks":
		c.networks["projects/"+id] = true
	case len(elements) == 5 && (elements[1] == "regions" || elements[1] == "zones"):
		c.parts["projects/"+id] = true
	}
}
