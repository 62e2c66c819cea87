// Compare two layers: panes are clipped left and right of a handle.
(function () {
  const state = { on: false, left: null, right: null, at: 0.5, found: new Map() };

  function cut(layer, to) {
    for (const pane of [layer.pane, layer.pane + GP.OVER].map(function (name) { return GP.map.getPane(name); })) if (pane) pane.style.clip = to;
  }

  function clip() {
    const size = GP.map.getSize();
    const nw = GP.map.containerPointToLayerPoint([0, 0]), se = GP.map.containerPointToLayerPoint(size);
    const x = nw.x + size.x * state.at;
    for (const layer of GP.layers) {
      const l = layer === state.right ? x : nw.x, r = layer === state.left ? x : se.x;
      cut(layer, !state.on || (layer !== state.left && layer !== state.right) ? "" : "rect(" + nw.y + "px," + r + "px," + se.y + "px," + l + "px)");
    }
    const bar = document.getElementById("gp-swipe-bar");
    bar.hidden = !state.on;
    bar.style.left = 100 * state.at + "%";
    bar.setAttribute("aria-valuenow", String(Math.round(100 * state.at)));
  }

  // What was on before the comparison is on after it, and nothing else.
  GP.setSwipe = async function (on, left, right) {
    on = !!(on && left && right && left !== right);
    for (const layer of GP.layers) {
      if (!state.found.has(layer)) continue;
      if (on && (layer === left || layer === right)) continue;
      cut(layer, "");
      await GP.show(layer, state.found.get(layer));
      state.found.delete(layer);
    }
    state.on = on; state.left = left; state.right = right;
    if (on) for (const layer of [left, right]) {
      if (!state.found.has(layer)) state.found.set(layer, layer.visible);
      await GP.show(layer, true);
    }
    clip();
    GP.emit("shown");  // the legend says which of the two is where
    return state.on;
  };

  // "swipe_left" or "swipe_right" of the layers that are compared
  GP.swiped = function (layer) { return !state.on ? "" : layer === state.left ? "swipe_left" : layer === state.right ? "swipe_right" : ""; };

  GP.swipeBar = function () {
    const bar = GP.el("div", { id: "gp-swipe-bar", class: "gp-swipe-bar", role: "slider", tabindex: "0", hidden: true, label: GP.key("swipe_handle"),
      "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "50" }, [GP.el("i", {})]);
    const to = function (v) { state.at = Math.max(0.02, Math.min(0.98, v)); clip(); };
    bar.addEventListener("pointerdown", function (e) { bar.setPointerCapture(e.pointerId); e.preventDefault(); e.stopPropagation(); });
    bar.addEventListener("pointermove", function (e) {
      if (!bar.hasPointerCapture(e.pointerId)) return;
      const box = GP.map.getContainer().getBoundingClientRect();
      to((e.clientX - box.left) / box.width);
    });
    bar.addEventListener("keydown", function (e) {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1 }[e.key];
      if (step) { e.preventDefault(); e.stopPropagation(); to(state.at + step); }
    });
    GP.map.on("move zoomend viewreset resize", function () { if (state.on) clip(); });
    return bar;
  };

  GP.swipePanel = function () {
    const choose = function (key) {
      const select = GP.el("select", { label: GP.key(key) });
      const fill = function () {
        const now = select.value;
        select.replaceChildren(...GP.layers.map(function (l) { return GP.el("option", { value: l.id, text: l.title }); }));
        if (now) select.value = now;
      };
      fill();
      return select;
    };
    const left = choose("swipe_left"), right = choose("swipe_right");
    left.id = "gp-swipe-left"; right.id = "gp-swipe-right";
    const rasters = GP.layers.filter(function (l) { return l.kind !== "vector"; });
    if (rasters[0]) left.value = rasters[0].id;
    // two scenarios of one technology where there are any, else the next picture
    const other = rasters.find(function (l) { return l !== rasters[0] && l.kind === "raster" && l.tech && l.tech === rasters[0].tech; }) || rasters[1];
    if (other) right.value = other.id;
    const go = GP.el("button", { type: "button", class: "gp-button", id: "gp-swipe-go", "aria-pressed": "false" });
    const name = function () { return GP.t(state.on ? "swipe_off" : "swipe_on"); };
    GP.text(go, name);
    const act = async function (on) {
      await GP.setSwipe(on, GP.byId[left.value], GP.byId[right.value]);
      go.textContent = name();
      go.setAttribute("aria-pressed", String(!!state.on));
    };
    go.addEventListener("click", function () { act(!state.on); });
    left.addEventListener("change", function () { if (state.on) act(true); });
    right.addEventListener("change", function () { if (state.on) act(true); });
    return GP.el("div", { class: "gp-swipe" }, [GP.el("h3", { text: GP.key("swipe") }),
      GP.el("label", {}, [GP.el("span", { text: GP.key("swipe_left") }), left]),
      GP.el("label", {}, [GP.el("span", { text: GP.key("swipe_right") }), right]), go]);
  };
})();
