package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// inNeovim starts the server as README says, opens a file, changes it, and prints what Neovim shows of it.
const inNeovim = `
local id = vim.lsp.start_client({ name = "tfreach", cmd = { "tfreach", "lsp" }, root_dir = vim.fn.getcwd() })
vim.lsp.buf_attach_client(0, id)
local function shown(want)
  vim.wait(30000, function() return #vim.diagnostic.get(0) == want end, 20)
  for _, d in ipairs(vim.diagnostic.get(0)) do
    print(string.format("%d:%d %s %s", d.lnum, d.col, d.code, d.message))
  end
end
print("opened")
shown(1)
vim.api.nvim_buf_set_lines(0, 5, 6, true, { '    cidr_blocks = ["192.0.2.0/24"]' })
vim.wait(500, function() return false end, 20)
print("changed")
shown(0)
vim.api.nvim_buf_set_lines(0, 0, 0, true, { "# one line more" })
vim.api.nvim_buf_set_lines(0, 6, 7, true, { '    cidr_blocks = ["0.0.0.0/0"]' })
print("changed back")
shown(1)
local hover = vim.lsp.buf_request_sync(0, "textDocument/hover", {
  textDocument = vim.lsp.util.make_text_document_params(), position = { line = 6, character = 22 },
}, 30000)
print(hover[id].result.contents.value)
vim.cmd("qa!")
`

// Neovim speaks to the server as editors do.
func TestNeovim(t *testing.T) {
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("NOT TESTED: the server in Neovim, as nvim isn't installed (Debian's package neovim)")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), open)
	script := filepath.Join(t.TempDir(), "try.lua")
	writeFile(t, script, inNeovim)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, nvim, "--headless", "-u", "NONE", "-i", "NONE", "-n", "main.tf", "-c", "luafile "+script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rest := string(out)
	for _, want := range []string{
		"opened", "5:19 ftp-ingress-open", "changed", "changed back", "6:19 ftp-ingress-open", "lets everyone reach FTP", "What it finds",
	} {
		i := strings.Index(rest, want)
		if i < 0 {
			t.Fatalf("Neovim prints\n%s\nwithout %q in its place", out, want)
		}
		rest = rest[i+len(want):]
	}
	between := string(out)
	between = between[strings.Index(between, "\nchanged"):strings.Index(between, "changed back")]
	if strings.Contains(between, "ftp-ingress-open") {
		t.Errorf("after the change Neovim still shows\n%s", between)
	}
}
