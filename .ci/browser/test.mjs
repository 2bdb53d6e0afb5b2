#!/usr/bin/env node
// Looks at reports in a real browser, Debian's Chromium: the HTML page of a
// configuration whose names are attacks, by keyboard and mouse, light and dark,
// wide and narrow; and the Markdown report as GitHub would show it, with its
// Mermaid graph drawn.
//
// usage: test TFREACH [FOLDER]      the screenshots go to the folder, if given
//        test TFREACH --pictures    writes the pictures of the README
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { marked } from "marked";
import { chromium } from "playwright-core";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(import.meta.url);
const program = "/usr/bin/chromium";
if (!existsSync(program)) {
  console.error(`SKIPPED: there is no ${program} to look at reports with`);
  process.exit(0);
}
const [tfreach, target] = process.argv.slice(2);
if (!tfreach) {
  console.error("usage: test TFREACH [FOLDER|--pictures]");
  process.exit(2);
}
const pictures = target === "--pictures";
const scratch = mkdtempSync(join(tmpdir(), "tfreach-browser-"));
const shots = target && !pictures ? resolve(target) : join(scratch, "shots");
mkdirSync(shots, { recursive: true });

// scan writes a report and returns its text; there must be findings.
function scan(folder, format) {
  const file = join(scratch, `report.${format}`);
  const { status, stderr } = spawnSync(resolve(tfreach), ["scan", folder, "--format", format, "--output", file],
    { cwd: root, encoding: "utf8" });
  assert.equal(status, 1, `scan ${folder} --format ${format}: exit code ${status}: ${stderr}`);
  return { file, text: readFileSync(file, "utf8") };
}

// graph writes the page of a resource graph.
function graph(folder) {
  const file = join(scratch, "graph.html");
  const { status, stdout, stderr } = spawnSync(resolve(tfreach), ["graph", folder, "--format", "html"], { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, `graph ${folder}: exit code ${status}: ${stderr}`);
  writeFileSync(file, stdout);
  return file;
}

// What each of these does if it is taken for more than a name.
const attacks = [
  `<script>window.owned = "script"</script>`,
  `"><img src=x onerror="window.owned = 'attribute'">`,
  `</title><svg onload="window.owned = 'svg'">`,
  `</style><style>* { display: none }</style>`,
  `</script><script>window.owned = "end of script"</script>`,
  `<a href="javascript:window.owned = 'link'">x</a>`,
  `[x](javascript:window.owned) \`\`\`\n</details> | a | b |`,
  `"]; click n0 href "javascript:window.owned = 'mermaid'"; n9["`,
  `%%{init: {"securityLevel": "loose"}}%%<img src=x onerror=window.owned=1>`,
  `\u001b[2J\u001b]8;;https://evil.example\u0007::error::owned\n::stop-commands::x ##[group]`,
  `\u202e\u2066right to left`,
  `{{.}} {% raw %} \${owned} &lt;b&gt;`,
];

// hostile makes a configuration in which attacks stand in keys, texts, comments, and names of files.
function hostile() {
  const folder = join(scratch, "infra", `<img src=x onerror=window.owned=1>`);
  mkdirSync(folder, { recursive: true });
  const text = (s) => JSON.stringify(s).replaceAll(/[$%](?={)/g, (c) => c + c);
  const keys = attacks.map((a, i) => `    ${text(a)} = ["0.0.0.0/${i % 2}"]`).join("\n");
  writeFileSync(join(folder, `main";window.owned=1;'.tf`), `
locals {
  clients = {
${keys}
  }
}

resource "aws_security_group" "open" { # ${attacks[0]} ${attacks[1]}
  for_each    = local.clients
  name        = each.key
  description = each.key

  ingress { /* ${attacks[4]} */
    description = each.key
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = each.value # ${attacks[5]}
  }
}

resource "aws_security_group" "listed" {
  for_each = toset([${attacks.map(text).join(", ")}])
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"] # ${attacks[2]} ${attacks[3]}
  }
}

variable "unknown" {
  description = ${text(attacks[1])}
}

resource "aws_security_group" "unknown" {
  for_each = local.clients
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = [var.unknown]
  }
}
`);
  return folder;
}

// large makes a configuration with 400 machines: two values open half of them, and two would decide of the rest.
function large() {
  const folder = join(scratch, "large");
  mkdirSync(folder, { recursive: true });
  const blocks = Array.from({ length: 400 }, (_, i) => `
resource "aws_security_group" "g${i}" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ${["local.partners", "local.vendors", "var.offices", "var.tenants"][i % 4]}
  }
}

resource "aws_instance" "m${i}" {
  ami                    = "ami-0abc"
  instance_type          = "t3.small"
  subnet_id              = aws_subnet.public.id
  vpc_security_group_ids = [aws_security_group.g${i}.id]
}
`);
  writeFileSync(join(folder, "main.tf"), `
variable "offices" {}
variable "tenants" {}

locals {
  partners = ["0.0.0.0/0"]
  vendors  = ["0.0.0.0/0"]
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.main.default_route_table_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.1.0/24"
  map_public_ip_on_launch = true
}
${blocks.join("")}`);
  return folder;
}

const browser = await chromium.launch({
  executablePath: program, args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"],
});

// open shows a file in a window of its own, in which nothing may go wrong.
async function open(file, { scheme = "light", width = 1200, height = 900 } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height } });
  const page = await context.newPage();
  const wrong = [];
  page.on("dialog", (d) => { wrong.push(`dialog: ${d.message()}`); d.dismiss(); });
  page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
  page.on("console", (m) => wrong.push(`console: ${m.text()}`));
  page.on("request", (r) => { if (!r.url().startsWith("file:")) wrong.push(`request: ${r.url()}`); });
  await page.goto(pathToFileURL(file).href);
  return { page, wrong };
}

// unharmed demands that no attack did anything.
async function unharmed({ page, wrong }, what) {
  assert.deepEqual(wrong, [], what);
  assert.equal(await page.evaluate("window.owned"), undefined, `${what}: a script ran`);
}

// accessible demands that axe finds nothing against a page.
async function accessible(page, what) {
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })");
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).slice(0, 3).join(" ")}`), [], what);
}

// reach demands that all of these are reached with the tab key alone, and that each thing on the way shows that it is.
async function reach(page, wanted) {
  const reached = new Set();
  for (let i = 0; i < 400; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(`(() => {
      const e = document.activeElement;
      if (e === document.body) return null;
      const s = getComputedStyle(e);
      const ring = getComputedStyle(e.querySelector("rect") ?? e);
      return { what: e.id || e.name || e.getAttribute("class") || e.tagName.toLowerCase(),
        seen: s.outlineStyle !== "none" || ring.strokeWidth === "4px" };
    })()`);
    if (!at) break;
    assert.ok(at.seen, `no sign of the focus on ${at.what}`);
    reached.add(at.what.split(" ")[0]);
  }
  for (const what of wanted) {
    assert.ok(reached.has(what), `${what} is not reached with the tab key, but ${[...reached]}`);
  }
}

const tests = {
  async "names stay names in HTML"() {
    const { file } = scan(hostile(), "html");
    const shown = await open(file);
    const { page } = shown;
    await page.keyboard.press("Tab");
    await page.locator("#unfold").click();
    await unharmed(shown, "the hostile page");
    assert.match(await page.title(), /^tfreach: /);
    const count = (selector) => page.locator(selector).count();
    assert.equal(await count("script"), 1);
    assert.equal(await count("style"), 1);
    assert.equal(await count("img, iframe, object, embed, link, base, form[action]"), 0);
    assert.equal(await page.evaluate(`[...document.querySelectorAll("*")].flatMap((e) => [...e.attributes])
      .filter((a) => a.name.startsWith("on") || /javascript:/i.test(a.name === "href" ? a.value : "")).length`), 0);
    const text = await page.locator("body").innerText();
    assert.ok(text.includes(`<script>window.owned`), "an attack is not shown as text");
    assert.ok(!/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/.test(text), "a control character is shown");
    await page.screenshot({ path: join(shots, "hostile.png"), fullPage: true });
  },

  async "keyboard"() {
    const { page, wrong } = await open(scan("fixtures/aws/path-hops", "html").file);
    const visible = () => page.locator(".finding:not([hidden])").count();
    const all = await visible();
    assert.ok(all > 1);
    await reach(page, ["search", "verdict", "sort", "unfold", "summary"]);

    await page.locator("#search").focus();
    await page.keyboard.type("aws_instance");
    assert.ok((await visible()) < all, "the filter does not filter");
    assert.match(await page.locator("#shown").innerText(), /^\d+ of \d+ findings$/);
    await page.locator("#search").fill("");

    const order = () => page.locator(".finding").evaluateAll((list) => list.map((f) => f.dataset.id).join(" "));
    const bySeverity = await order();
    await page.locator("#sort").focus();
    await page.keyboard.press("p"); // as people do: the first option with that letter
    assert.notEqual(await order(), bySeverity, "sorting does not sort");

    await page.locator(".finding > summary").first().focus();
    await page.keyboard.press("Space");
    assert.equal(await page.locator(".finding[open]").count(), 1, "the space bar does not unfold");
    assert.deepEqual(wrong, []);
  },

  async "keyboard in the graph"() {
    const { page, wrong } = await open(graph("fixtures/aws/path-hops"));
    const box = () => page.locator("#picture").getAttribute("viewBox");
    await reach(page, ["zoom-in", "zoom-out", "zoom-all", "picture", "node"]);

    await page.locator("#picture").focus();
    const before = await box();
    await page.keyboard.press("ArrowRight");
    const moved = await box();
    assert.notEqual(moved, before, "an arrow does not move the picture");
    await page.keyboard.press("+");
    assert.notEqual(await box(), moved, "+ does not zoom");
    await page.keyboard.press("0");
    await page.locator("#zoom-all").click();
    const whole = await box();

    const node = page.locator(".node.open").first();
    await node.focus();
    await page.keyboard.press("Enter");
    assert.equal(await node.getAttribute("aria-pressed"), "true");
    assert.ok((await page.locator(".node.dim").count()) > 0, "a chosen box dims nothing");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".node.dim").count(), 0, "Escape does not show all");
    await page.keyboard.press("0");
    assert.equal(await box(), whole, "0 does not show all");
    assert.deepEqual(wrong, []);
  },

  async "mouse in the graph"() {
    const { page, wrong } = await open(graph("fixtures/aws/path-hops"));
    const picture = page.locator("#picture");
    const box = () => picture.getAttribute("viewBox");
    await page.locator("#zoom-all").click();
    await page.evaluate("document.activeElement.blur()");
    const before = await box();
    const at = await picture.boundingBox();
    const [x, y] = [at.x + at.width / 3, at.y + at.height - 5];
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, 200);
    await page.waitForTimeout(200);
    assert.equal(await box(), before, "the wheel zooms although the reader only passes by");
    await page.evaluate("scrollTo(0, 0)");
    await page.mouse.move(x, y - 5);
    await page.mouse.down();
    await page.mouse.move(x + 80, y - 30, { steps: 4 });
    await page.mouse.up();
    const moved = await box();
    assert.notEqual(moved, before, "dragging does not move the picture");
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -200);
    await page.keyboard.up("Control");
    await page.waitForFunction((old) => document.querySelector("#picture").getAttribute("viewBox") !== old, moved);
    await page.locator("#zoom-all").click();
    assert.equal(await box(), before);
    await page.locator(".node.open").first().click();
    assert.equal(await page.locator(".node[aria-pressed=true]").count(), 1, "a click does not choose");
    assert.deepEqual(wrong, []);
  },

  async "paper"() {
    const { page } = await open(scan("fixtures/ftp/server", "html").file);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    assert.equal(await page.locator("details:not([open])").count(), 0, "something is folded on paper");
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    assert.equal(await page.locator(".finding[open]").count(), 0, "all stays unfolded after printing");
  },

  async "paper has the details"() {
    const { page } = await open(scan(large(), "html").file);
    await page.emulateMedia({ media: "print" });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    const text = await page.locator("body").innerText();
    for (const what of ["aws_security_group.g399", "decided by var.offices", "Name the addresses that need FTP"]) {
      assert.ok(text.includes(what), `the paper lacks ${what}`);
    }
  },

  async "many machines"() {
    const { page, wrong } = await open(scan(large(), "html").file);
    assert.equal(await page.locator(".finding").count(), 5, "two values that open, two that would decide, and what listens");
    let stops = 0;
    for (; stops < 30 && await page.evaluate("document.activeElement.id") !== "search"; stops++) {
      await page.keyboard.press("Tab");
    }
    assert.ok(stops < 30, "the filter is far away");
    await page.locator("#unfold").click();
    await page.screenshot({ path: join(shots, "many.png"), fullPage: true });
    assert.deepEqual(wrong, []);

    const drawn = await open(graph(large()));
    assert.ok((await drawn.page.locator(".node").count()) < 15, "alike machines are drawn one by one");
    await drawn.page.screenshot({ path: join(shots, "many-graph.png"), fullPage: true });
    assert.deepEqual(drawn.wrong, []);
  },

  async "touch"() {
    for (const file of [scan("fixtures/aws/path-hops", "html").file, graph("fixtures/aws/path-hops")]) {
      const context = await browser.newContext({ viewport: { width: 390, height: 500 }, hasTouch: true, isMobile: true });
      const page = await context.newPage();
      await page.goto(pathToFileURL(file).href);
      const finding = page.locator(".finding > summary").first();
      if (await finding.count()) {
        await finding.tap();
        assert.equal(await page.locator(".finding[open]").count(), 1, "a tap doesn't unfold");
      }
      await page.evaluate("scrollTo(0, 0)");
      const hand = await context.newCDPSession(page);
      const at = (y) => ({ touchPoints: [{ x: 150, y }] });
      await hand.send("Input.dispatchTouchEvent", { type: "touchStart", ...at(450) });
      for (let y = 440; y > 200; y -= 20) await hand.send("Input.dispatchTouchEvent", { type: "touchMove", ...at(y) });
      await hand.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await page.waitForFunction("scrollY > 50", undefined, { timeout: 10_000 });
    }
  },

  async "light, dark, wide, narrow"() {
    for (const [name, folder] of [["server", "fixtures/ftp/server"], ["hops", "fixtures/aws/path-hops"], ["several", "fixtures/ftp/azure-apps"], ["large", large()]]) {
      const { file } = scan(folder, "html");
      for (const scheme of ["light", "dark"]) {
        for (const width of [1200, 390]) {
          const { page, wrong } = await open(file, { scheme, width });
          await page.locator(".finding > summary").first().click();
          const what = `${name}, ${scheme}, ${width} pixels`;
          await accessible(page, what);
          const over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
          assert.equal(over, 0, `${what}: ${over} pixels too wide`);
          await page.screenshot({ path: join(shots, `${name}-${scheme}-${width}.png`), fullPage: true });
          assert.deepEqual(wrong, [], what);
        }
      }
    }
  },

  async "Markdown"() {
    for (const [name, folder] of [["hostile", hostile()], ["hops", "fixtures/aws/path-hops"], ["large", large()]]) {
      const { text } = scan(folder, "markdown");
      assert.ok(Buffer.byteLength(text) <= 1 << 20, "more than GitHub takes");
      const graphs = [];
      const body = await marked.parse(text, {
        gfm: true,
        walkTokens(t) { if (t.type === "code" && t.lang === "mermaid") graphs.push(t.text); },
      });
      assert.equal(graphs.length, name === "hostile" ? 0 : 1);
      const file = join(scratch, `${name}.html`);
      writeFileSync(file, `<!DOCTYPE html><meta charset="utf-8"><style>${readFileSync(require.resolve("github-markdown-css/github-markdown.css"), "utf8")}
        .markdown-body { max-width: 900px; margin: 2rem auto }</style><article class="markdown-body">${body}</article>`);
      const shown = await open(file);
      const { page } = shown;
      const tags = await page.evaluate(`[...new Set([...document.querySelectorAll("article *")].map((e) => e.localName))].sort()`);
      const meant = ["a", "b", "blockquote", "br", "code", "details", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre",
        "strong", "sub", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"];
      assert.deepEqual(tags.filter((t) => !meant.includes(t)), [], `${name}: elements that the report doesn't make`);
      const links = await page.locator("article a").evaluateAll((list) => list.map((a) => a.getAttribute("href")));
      assert.deepEqual(links.filter((h) => !/^(https:|#)/.test(h)), [], `${name}: links`);
      await unharmed(shown, `${name} in Markdown`);

      if (graphs.length === 0) continue; // no way leads to anything
      // GitHub draws with the strict security level, which is Mermaid's own default.
      await page.addScriptTag({ path: require.resolve("mermaid/dist/mermaid.min.js") });
      const svg = await page.evaluate(async (graph) => {
        mermaid.initialize({ startOnLoad: false });
        return (await mermaid.render("drawn", graph)).svg;
      }, graphs[0]);
      assert.ok(!svg.includes("Syntax error"), `${name}: Mermaid can't read the graph`);
      await page.evaluate((svg) => {
        const code = document.querySelector("code.language-mermaid");
        code.parentElement.outerHTML = svg;
      }, svg);
      assert.ok((await page.locator("article svg .node").count()) > 2, `${name}: the graph has no boxes`);
      const [wide, whole] = await page.evaluate("(({ width }, svg) => [width, svg.viewBox.baseVal.width])(document.querySelector('article svg').getBoundingClientRect(), document.querySelector('article svg'))");
      assert.ok(wide >= whole, `${name}: the graph of ${whole} pixels is shrunk to ${wide}`);
      assert.equal(await page.locator("article svg a").count(), 0, `${name}: the graph has links`);
      assert.equal(await page.locator("article img, article svg script").count(), 0);
      assert.equal(await page.evaluate("window.owned"), undefined, `${name}: a script ran`);
      await page.locator("details").evaluateAll((list) => list.slice(0, 2).forEach((d) => { d.open = true; }));
      await page.screenshot({ path: join(shots, `markdown-${name}.png`), fullPage: true });
    }
  },
};

// picture writes what the README shows.
async function picture() {
  const { file } = scan("fixtures/ftp/server", "html");
  for (const scheme of ["light", "dark"]) {
    const { page } = await open(`${file}`, { scheme, width: 1100, height: 820 });
    await page.locator(".finding > summary").first().click();
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)");
    await page.screenshot({ path: join(root, ".github", `report-${scheme}.png`) });
  }
}

let failed = 0;
if (pictures) {
  await picture();
} else {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok: ${name}`);
    } catch (err) {
      failed++;
      console.error(`FAILED: ${name}: ${err.stack}`);
    }
  }
}
await browser.close();
rmSync(scratch, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
