// The summary: blocks made by Python, drawn here.
(function () {
  function stack(block) {
    const total = block.parts.reduce(function (s, p) { return s + p.value; }, 0) || 1;
    const bar = GP.svg("svg", { viewBox: "0 0 300 18", preserveAspectRatio: "none", class: "gp-stack", role: "img" });
    GP.text(bar, function () {
      return GP.t("labelled", { label: GP.say(block.title), text: block.parts.map(function (p) { return GP.say(p.label) + " " + p.text; }).join(GP.t("semicolon")) }); }, "aria-label");
    let x = 0;
    for (const p of block.parts) {
      const w = 300 * p.value / total;
      bar.append(GP.svg("rect", { x: x, y: 0, width: w, height: 18, fill: p.colour }));
      x += w;
    }
    return GP.el("section", { class: "gp-block" }, [GP.el("h3", { text: block.title }), bar,
      GP.el("ul", { class: "gp-stack-keys" }, block.parts.map(function (p) {
        return GP.el("li", {}, [GP.el("i", { class: "gp-chip", style: { background: p.colour } }), GP.el("span", { text: p.label }),
          GP.el("b", { text: p.text }), GP.el("span", { class: "gp-dim", text: GP.number(100 * p.value / total, 1) + " %" })]); })),
      block.note ? GP.el("p", { class: "gp-note", text: block.note }) : null]);
  }

  // value with its interval against the target on one axis from 0
  function bullet(block) {
    const known = typeof block.value === "number";
    const values = [block.value, block.high, block.target].filter(function (v) { return typeof v === "number"; });
    const top = Math.max.apply(null, values.concat([0])) * 1.08 || 1, sx = function (v) { return 300 * Math.max(0, v) / top; };
    const svg = GP.svg("svg", { viewBox: "0 0 300 16", preserveAspectRatio: "none", class: "gp-bullet", "aria-hidden": "true" }, [
      GP.svg("rect", { x: 0, y: 2, width: 300, height: 12, fill: "#e8ebef" })]);
    if (known) svg.append(GP.svg("rect", { x: 0, y: 4, width: sx(block.value), height: 8, fill: block.met === false ? "#e69f00" : block.met ? "#0b7a75" : "#5b6b7c" }));
    if (typeof block.low === "number" && typeof block.high === "number")
      svg.append(GP.svg("rect", { x: sx(block.low), y: 7, width: Math.max(1, sx(block.high) - sx(block.low)), height: 2, fill: "#1f2933" }));
    if (typeof block.target === "number") svg.append(GP.svg("rect", { x: sx(block.target) - 1, y: 0, width: 2.4, height: 16, fill: "#b3003c" }));
    return GP.el("section", { class: "gp-block gp-indicator" }, [
      GP.el("div", { class: "gp-line" }, [GP.el("span", { text: block.title }),
        GP.el("b", { text: function () { return known && block.text ? GP.say(block.text) + " " + GP.say(block.unit) : GP.t("panel.no_value"); } })]),
      svg,
      GP.el("div", { class: "gp-line gp-dim" }, [
        GP.el("span", { text: function () {
          return block.target_text ? GP.t("panel.target_of", { relation: "", value: GP.say(block.target_text) + " " + GP.say(block.unit) }) + (block.year ? " (" + block.year + ")" : "") : ""; } }),
        GP.el("span", { class: block.met === false ? "gp-warn" : "", text: function () { return (block.met === true ? "✓ " : block.met === false ? "▲ " : "? ") + GP.say(block.ending); } })]),
      block.caliber ? GP.el("p", { class: "gp-dim", text: block.caliber }) : null,
      block.note ? GP.el("p", { class: "gp-note", text: block.note }) : null,
      (block.items || []).length ? GP.el("p", { class: "gp-dim", text: block.items[0] }) : null]);
  }

  GP.panelBlock = function (block) {
    if (block.kind === "heading") return GP.el("h2", { text: block.title });
    if (block.kind === "stat") return GP.el("div", { class: "gp-line gp-stat" }, [GP.el("span", { text: block.label }),
      GP.el("b", { text: function () { return block.value + (block.unit ? " " + GP.say(block.unit) : ""); } })]);
    if (block.kind === "stack") return stack(block);
    if (block.kind === "note") return GP.el("p", { class: "gp-note", text: block.title });
    if (block.kind === "list") return GP.el("section", { class: "gp-block" }, [GP.el("h3", { text: block.title }),
      GP.el("ol", { class: "gp-list" }, block.items.map(function (i) { return GP.el("li", { text: i }); }))]);
    return bullet(block);
  };

  GP.summary = function () {
    return GP.el("div", { class: "gp-summary" }, [
      ...GP.meta.panel.map(GP.panelBlock),
      GP.meta.warnings.length ? GP.el("h2", { text: GP.key("warnings") }) : null,
      GP.meta.warnings.length ? GP.el("ul", { class: "gp-warnings" }, GP.meta.warnings.map(function (w) { return GP.el("li", { text: w }); })) : null,
    ]);
  };

  GP.about = function () {
    return GP.el("div", { class: "gp-about" }, [
      GP.el("h2", { text: GP.key("sources") }),
      GP.el("ul", {}, (GP.meta.sources || []).map(function (s) {
        return GP.el("li", {}, [GP.el("b", { text: s.title }), GP.el("span", { class: "gp-dim", text: [s.source, s.date].filter(Boolean).join(" · ") })]); })),
      (GP.meta.attributions || []).length ? GP.el("h2", { text: GP.key("attribution") }) : null,
      GP.el("ul", {}, (GP.meta.attributions || []).map(function (a) { return GP.el("li", { class: "gp-dim", text: a }); })),
      GP.el("p", { text: GP.key("run_id", { id: GP.meta.run.id }) }),
      GP.el("p", { text: GP.key("generated", { date: GP.meta.run.date }) }),
      GP.el("p", { text: GP.key("about_method") }),
      GP.el("p", { text: GP.key("copy_view") }),
      GP.el("h2", { text: GP.key("licences") }),
      GP.el("p", { class: "gp-dim", text: GP.meta.licences || "" }),
    ]);
  };
})();
