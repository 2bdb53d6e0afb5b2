"use strict";
(() => {
  const one = (s) => document.querySelector(s);
  const all = (s) => [...document.querySelectorAll(s)];

  const findings = all(".finding");
  // What is searched of each finding, read once it is.
  const texts = new Map();
  const textOf = (f) => {
    if (!texts.has(f)) texts.set(f, f.textContent.toLowerCase());
    return texts.get(f);
  };
  const parts = all("#picture .node, #picture .edge");
  const nodes = all("#picture .node");
  const list = one("#findings");
  // What is chosen in the picture: a box and what belongs to it, or null.
  let chosen = null;

  function update() {
    for (const p of parts) p.classList.toggle("dim", chosen !== null && !chosen.near.has(p));
    for (const n of nodes) n.setAttribute("aria-pressed", String(chosen !== null && chosen.node === n));
    if (!list) return;
    const words = one("#search").value.toLowerCase().split(/\s+/).filter((w) => w !== "");
    const verdicts = new Set(all("[name=verdict]:checked").map((c) => c.value));
    let visible = 0;
    for (const f of findings) {
      f.hidden = !(verdicts.has(f.dataset.verdict) && words.every((w) => textOf(f).includes(w)));
      if (!f.hidden) visible++;
    }
    one("#shown").textContent = visible === findings.length ? "" : `${visible} of ${findings.length} findings`;
  }

  function choose(next) {
    chosen = next;
    update();
  }

  function chooseNode(n) {
    if (chosen && chosen.node === n) return choose(null);
    const near = new Set([n]);
    for (const e of all("#picture .edge")) {
      const ends = e.dataset.ends.split(" ");
      if (!ends.includes(n.dataset.id)) continue;
      near.add(e);
      for (const m of nodes) if (ends.includes(m.dataset.id)) near.add(m);
    }
    choose({ near, node: n });
  }

  if (list) {
    one("#search").addEventListener("input", update);
    one("#filter").addEventListener("submit", (e) => e.preventDefault());
    for (const c of all("[name=verdict]")) c.addEventListener("change", update);
    one("#sort").addEventListener("change", (e) => {
      const key = e.target.value;
      const value = (f) => key === "order" ? Number(f.dataset.id) : f.dataset[key];
      const order = [...findings].sort((a, b) =>
        value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : Number(a.dataset.id) - Number(b.dataset.id));
      list.append(...order);
    });
    one("#unfold").addEventListener("click", (e) => {
      const open = findings.some((f) => !f.hidden && !f.open);
      for (const f of findings) if (!f.hidden) f.open = open;
      e.target.textContent = open ? "Fold all" : "Unfold all";
    });
  }

  const picture = one("#picture");
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && chosen) choose(null);
  });
  // On paper nothing can be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const d of folded) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of folded) d.open = false;
  });
  // A link to a finding unfolds it.
  const linked = () => {
    const f = document.getElementById(location.hash.slice(1));
    if (f && f.matches(".finding")) f.open = true;
  };
  addEventListener("hashchange", linked);
  linked();
  update();
  if (!picture) return;

  const whole = { x: 0, y: 0, w: Number(picture.dataset.width), h: Number(picture.dataset.height) };
  let box = { ...whole };
  const show = () => picture.setAttribute("viewBox", `${box.x} ${box.y} ${box.w} ${box.h}`);
  const move = (x, y) => {
    box.x += x;
    box.y += y;
    show();
  };
  const zoom = (by, x = box.x + box.w / 2, y = box.y + box.h / 2) => {
    const w = Math.min(Math.max(box.w * by, 120), whole.w * 4);
    by = w / box.w;
    box = { x: x - (x - box.x) * by, y: y - (y - box.y) * by, w, h: box.h * by };
    show();
  };
  const reset = () => {
    box = { ...whole };
    show();
  };
  // How many units of the picture a pixel of the screen is.
  const unit = () => Math.max(box.w / picture.clientWidth, box.h / picture.clientHeight);
  // What would be too small to read begins at the internet.
  if (unit() > 2.5) {
    const h = picture.clientHeight * 1.4;
    box = { x: 0, y: Math.max((whole.h - h) / 2, 0), w: picture.clientWidth * 1.4, h };
    show();
  }

  one("#zoom-in").addEventListener("click", () => zoom(0.8));
  one("#zoom-out").addEventListener("click", () => zoom(1.25));
  one("#zoom-all").addEventListener("click", reset);
  picture.addEventListener("wheel", (e) => {
    if (!e.ctrlKey && document.activeElement !== picture) return;
    e.preventDefault();
    zoom(e.deltaY > 0 ? 1.1 : 0.9);
  }, { passive: false });
  const keys = {
    ArrowLeft: () => move(-box.w / 10, 0),
    ArrowRight: () => move(box.w / 10, 0),
    ArrowUp: () => move(0, -box.h / 10),
    ArrowDown: () => move(0, box.h / 10),
    "+": () => zoom(0.8),
    "=": () => zoom(0.8),
    "-": () => zoom(1.25),
    "0": reset,
  };
  picture.addEventListener("keydown", (e) => {
    const node = e.target.closest(".node");
    if (node && (e.key === "Enter" || e.key === " ")) {
      e.preventDefault();
      chooseNode(node);
    } else if (keys[e.key] && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault();
      keys[e.key]();
    }
  });
  // A node that the tab key reaches comes into view.
  picture.addEventListener("focusin", (e) => {
    const node = e.target.closest(".node");
    if (!node || !node.matches(":focus-visible")) return;
    const r = node.getBoundingClientRect();
    const p = picture.getBoundingClientRect();
    if (r.left < p.left || r.right > p.right || r.top < p.top || r.bottom > p.bottom) {
      move((r.left + r.width / 2 - p.left - p.width / 2) * unit(), (r.top + r.height / 2 - p.top - p.height / 2) * unit());
    }
  });
  let drag = null;
  picture.addEventListener("pointerdown", (e) => {
    drag = { x: e.clientX, y: e.clientY, moved: false, node: e.target.closest(".node") };
  });
  picture.addEventListener("pointermove", (e) => {
    if (!drag || !(e.buttons & 1)) return;
    const dx = e.clientX - drag.x;
    const dy = e.clientY - drag.y;
    if (!drag.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    if (!drag.moved) picture.setPointerCapture(e.pointerId);
    drag.moved = true;
    move(-dx * unit(), -dy * unit());
    drag.x = e.clientX;
    drag.y = e.clientY;
  });
  picture.addEventListener("pointerup", () => {
    if (drag && !drag.moved && drag.node) chooseNode(drag.node);
    drag = null;
  });
})();
