package lang

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
)

// The cidr package of go-cty-funcs differs from Terraform: it refuses octets with leading zeros and numbers beyond an int, and
// gives a netmask for IPv6.

// maxNewBits limits the bits by which cidrsubnet and cidrsubnets extend a prefix.
const maxNewBits = 32

func stringParam(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.String}
}

func numberParam(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.Number}
}

func cidrhostFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("prefix"), numberParam("hostnum")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var host *big.Int
			if err := gocty.FromCtyValue(args[1], &host); err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			network, err := parseCIDR(args[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			ip, err := cidr.HostBig(network, host)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(ip.String()), nil
		},
	})
}

// cidrcontainsFunc is an OpenTofu function: whether a prefix contains an address, or all of another prefix. Source:
// https://opentofu.org/docs/language/functions/cidrcontains/
func cidrcontainsFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("containing_prefix"), stringParam("contained_ip_or_prefix")},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			outer, err := parseCIDR(args[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			if ip := net.ParseIP(trimZeros(args[1].AsString())); ip != nil {
				if (ip.To4() == nil) != (outer.IP.To4() == nil) {
					return cty.NilVal, errors.New("the address and the prefix are of different families")
				}
				return cty.BoolVal(outer.Contains(ip)), nil
			}
			inner, err := parseCIDR(args[1])
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			outerOnes, outerBits := outer.Mask.Size()
			innerOnes, innerBits := inner.Mask.Size()
			if outerBits != innerBits {
				return cty.NilVal, errors.New("the prefixes are of different families")
			}
			return cty.BoolVal(outerOnes <= innerOnes && outer.Contains(inner.IP)), nil
		},
	})
}

func cidrnetmaskFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("prefix")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			network, err := parseCIDR(args[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			if network.IP.To4() == nil {
				return cty.NilVal, function.NewArgErrorf(0, "IPv6 addresses cannot have a netmask")
			}
			return cty.StringVal(net.IP(network.Mask).String()), nil
		},
	})
}

func cidrsubnetFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("prefix"), numberParam("newbits"), numberParam("netnum")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var newbits int
			if err := gocty.FromCtyValue(args[1], &newbits); err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			var netnum *big.Int
			if err := gocty.FromCtyValue(args[2], &netnum); err != nil {
				return cty.NilVal, function.NewArgError(2, err)
			}
			network, err := parseCIDR(args[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			subnet, err := cidr.SubnetBig(network, newbits, netnum)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(subnet.String()), nil
		},
	})
}

func cidrsubnetsFunc() function.Function {
	newbits := numberParam("newbits")
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("prefix")},
		VarParam:     &newbits,
		Type:         function.StaticReturnType(cty.List(cty.String)),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			network, err := parseCIDR(args[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			if len(args) == 1 {
				return cty.ListValEmpty(cty.String), nil
			}
			ones, bits := network.Mask.Size()
			subnets := make([]cty.Value, 0, len(args)-1)
			var current *net.IPNet
			for i, arg := range args[1:] {
				var extend int
				if err := gocty.FromCtyValue(arg, &extend); err != nil {
					return cty.NilVal, function.NewArgError(i+1, err)
				}
				switch {
				case extend < 1:
					return cty.NilVal, function.NewArgErrorf(i+1, "must extend prefix by at least one bit")
				case extend > maxNewBits:
					return cty.NilVal, function.NewArgErrorf(i+1, "may not extend prefix by more than %d bits", maxNewBits)
				case ones+extend > bits:
					return cty.NilVal, function.NewArgErrorf(i+1, "a prefix of %d bits is too long for an address of %d bits", ones+extend, bits)
				}
				if current == nil {
					current, _ = cidr.PreviousSubnet(network, ones+extend)
				}
				next, rollover := cidr.NextSubnet(current, ones+extend)
				if rollover || !network.Contains(next.IP) {
					return cty.NilVal, function.NewArgErrorf(i+1, "no space is left in %s for a prefix of %d bits after %s", network, ones+extend, current)
				}
				current = next
				subnets = append(subnets, cty.StringVal(current.String()))
			}
			return cty.ListVal(subnets), nil
		},
	})
}

// parseCIDR parses a prefix as Terraform does. Terraform allows leading zeros in each part of an address and reads them as
// decimal (in IPv6 as hexadecimal), never as octal.
func parseCIDR(v cty.Value) (*net.IPNet, error) {
	s := v.AsString()
	_, network, err := net.ParseCIDR(trimZeros(s))
	if err != nil {
		return nil, fmt.Errorf("invalid CIDR expression: invalid CIDR address: %s", s)
	}
	return network, nil
}

// trimZeros removes the leading zeros of each part of an address.
func trimZeros(s string) string {
	isDigit := func(i int) bool {
		return i >= 0 && i < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i]) >= 0
	}
	var out strings.Builder
	leading := true // no digit of this part has been kept
	for i := range len(s) {
		if !isDigit(i) {
			leading = true
			out.WriteByte(s[i])
			continue
		}
		if leading && s[i] == '0' && isDigit(i+1) {
			continue
		}
		leading = false
		out.WriteByte(s[i])
	}
	return out.String()
}
