// The maps of the workspace: title, county, zones, the county's own ground, legend, scale, invented data.
"use strict";
GA.framed = function (node, title) {
  node.setAttribute("aria-label", title);
  return GA.el("figure", { class: "framed" }, [GA.el("figcaption", {}, [GA.el("strong", { text: title }), GA.el("span", { class: "mark low", hidden: "", text: GA.t("synthetic_data") })]), node]);
};

// One row of the legend: a line, an area or a point in the colours it has on the map.
GA.key = function (style, text) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", "26"); svg.setAttribute("height", "14"); svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", style.point ? "circle" : style.fill ? "rect" : "line");
  const at = style.point ? { cx: 13, cy: 7, r: 5 } : style.fill ? { x: 3, y: 2, width: 20, height: 10 } : { x1: 1, y1: 7, x2: 25, y2: 7 };
  Object.assign(at, { stroke: style.color, "stroke-width": style.weight || 2, fill: style.fill || style.point ? style.fillColor || style.color : "none", "fill-opacity": style.fillOpacity === undefined ? 1 : style.fillOpacity });
  if (style.dashArray) at["stroke-dasharray"] = style.dashArray;
  for (const k of Object.keys(at)) shape.setAttribute(k, String(at[k]));
  svg.append(shape);
  return GA.el("li", {}, [svg, GA.el("span", { text: text })]);
};

// nothing is asked of the network; `keys` are [style, words] of what the page itself draws
GA.map = function (node, shapes, keys) {
  const map = L.map(node, { attributionControl: false, zoomSnap: 0.25, preferCanvas: false });
  map.createPane("ground").style.zIndex = 350;
  const land = { color: "#44546a", weight: 1.5, fill: true, fillColor: "#f4f1e8", fillOpacity: 1 }, zone = { color: "#0b6e4f", weight: 2, fill: true, fillOpacity: 0.12 };
  map.createPane("land").style.zIndex = 340;
  const county = L.geoJSON(shapes.county, { pane: "land", style: land, interactive: false }).addTo(map);
  L.geoJSON(shapes.zones, { style: zone }).addTo(map);
  map.fitBounds(county.getBounds(), { animate: false });
  L.control.scale({ imperial: false }).addTo(map);
  const list = GA.el("ul", {}, [GA.key(land, GA.t("key_county"))].concat(shapes.zones.features.length ? [GA.key(zone, GA.t("zones"))] : [], keys.map(function (k) { return GA.key(k[0], k[1]); })));
  const legend = L.control({ position: "bottomright" });
  legend.onAdd = function () {
    const box = GA.el("details", { class: "legend", open: node.clientWidth > 560 }, [GA.el("summary", { text: GA.t("legend") }), list]);
    L.DomEvent.disableClickPropagation(box); L.DomEvent.disableScrollPropagation(box);
    return box;
  };
  legend.addTo(map);
  GA.api("GET", GA.at("/ground")).then(function (ground) {
    if (!node.isConnected) return;
    const mark = node.parentElement.querySelector("figcaption .mark");
    if (mark) mark.hidden = !ground.synthetic;
    for (const one of ground.layers) {
      const style = { color: one.stroke, weight: one.width, dashArray: one.dash || null, fill: one.fill, fillColor: one.stroke, fillOpacity: 0.35 };
      L.geoJSON(one.shapes, { pane: "ground", interactive: false, style: style, pointToLayer: function (g, at) { return L.circleMarker(at, { pane: "ground", radius: 2.5, interactive: false }); } }).addTo(map);
      list.append(GA.key(style, GA.say(one.title)));
    }
  }).catch(GA.fail);
  return map;
};
