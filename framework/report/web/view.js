// Panels that turn: points in space and surfaces with three.js, curves with uPlot. One WebGL context
// serves all panels of a page: browsers allow few, and drop the oldest.
import {
  AmbientLight, BufferAttribute, BufferGeometry, DirectionalLight, DoubleSide, Mesh, MeshLambertMaterial,
  OrthographicCamera, Points, Scene, ShaderMaterial, Vector3, WebGLRenderer,
} from "three";
import { TrackballControls } from "three/examples/jsm/controls/TrackballControls.js";
import uPlot from "uplot";
import plotStyle from "uplot/dist/uPlot.min.css";

const make = window.atomloomMake;
const bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
const palette = [0x4f9fdc, 0xf07a45, 0x3cbf92, 0xb98ad0, 0xe0b33c, 0x4fbccf, 0xe576a8, 0x9a9a9a].map(rgb);
function rgb(x) { return [x >> 16, (x >> 8) & 255, x & 255]; }
const ramps = {
  grey: [[0, 0, 0], [255, 255, 255]],
  sequential: [[68, 2, 86], [70, 44, 122], [58, 82, 139], [44, 114, 142], [33, 144, 141], [41, 175, 127], [94, 201, 98], [172, 220, 49], [253, 231, 37]],
  diverging: [[25, 75, 150], [67, 120, 190], [120, 165, 215], [185, 208, 235], [244, 244, 244], [245, 200, 185], [228, 145, 125], [200, 85, 75], [155, 30, 45]],
};
function ramp(stops, t) {
  if (!(t >= 0)) t = 0;
  if (t > 1) t = 1;
  const k = Math.min(Math.floor(t * (stops.length - 1)), stops.length - 2), f = t * (stops.length - 1) - k;
  return stops[k].map((a, c) => a + f * (stops[k + 1][c] - a));
}

// ---- data --------------------------------------------------------------------------------------

function column(c) {
  const b = bytes(c.data).buffer, raw = c.bytes === 1 ? new Int8Array(b) : c.bytes === 2 ? new Int16Array(b) : new Int32Array(b);
  const value = c.step === undefined ? raw : Float32Array.from(raw, (k) => c.low + (k + 32768) * c.step);
  return { name: c.name, unit: c.unit, words: c.words, value };
}
function shown(c, i) {
  const v = c.value[i];
  if (c.words && c.words[v] !== undefined) return c.words[v];
  return (Number.isInteger(v) ? String(v) : v.toPrecision(4)) + (c.unit ? " " + c.unit : "");
}
// Columns are decoded when first needed.
function lazy(data) {
  const cache = new Map();
  return (name) => {
    if (!cache.has(name)) {
      const c = data.columns.find((k) => k.name === name);
      cache.set(name, c ? column(c) : null);
    }
    return cache.get(name);
  };
}

// ---- the one renderer --------------------------------------------------------------------------

let renderer = null, owner = null;
function borrow(viewer) {
  if (!renderer) {
    renderer = new WebGLRenderer({ antialias: false, alpha: true });
    renderer.localClippingEnabled = true;
    renderer.domElement.setAttribute("aria-hidden", "true");
  }
  if (owner !== viewer) {
    if (owner) owner.leave();
    owner = viewer;
    viewer.box.append(renderer.domElement);
    viewer.enter();
  }
  return renderer;
}

// A point is a square that the fragment shader makes a sphere of, with its own depth.
const vertexShader = `
attribute vec3 tint; attribute float size; attribute vec3 facing; uniform float scale; uniform vec4 cut; uniform float depthScale;
varying vec3 vTint; varying float vSize; varying float vDepth;
void main() {
  vec4 p = modelViewMatrix * vec4(position, 1.0);
  vTint = tint; vSize = size; vDepth = depthScale;
  gl_Position = projectionMatrix * p;
  // what is open on the far side only is behind others
  vec3 open = (modelViewMatrix * vec4(facing, 0.0)).xyz;
  bool hidden = size <= 0.0 || open.z < -0.35 || (cut.w > 0.5 && p.z > cut.z);
  gl_PointSize = hidden ? 0.0 : 2.0 * size * scale;
  if (hidden) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}`;
const fragmentShader = `
varying vec3 vTint; varying float vSize; varying float vDepth; uniform vec3 light;
void main() {
  vec2 q = gl_PointCoord * 2.0 - 1.0; q.y = -q.y;
  float r = dot(q, q);
  if (r > 1.0) discard;
  float z = sqrt(1.0 - r);
  vec3 n = vec3(q, z);
  float lit = dot(n, light);
  float shade = (0.42 + 0.58 * max(lit, 0.0)) * (z < 0.3 ? 0.55 + 1.5 * z : 1.0);
  float gloss = 0.35 * pow(max(2.0 * lit * z - light.z, 0.0), 24.0);
  gl_FragColor = vec4(vTint * shade + gloss, 1.0);
  gl_FragDepth = gl_FragCoord.z - vSize * z * vDepth;
}`;

class Viewer {
  constructor(holder, data) {
    this.data = data;
    this.get = lazy(data);
    this.q = new Int16Array(bytes(data.position).buffer);
    this.stateOf = data.state ? column(data.state).value : null;
    this.state = 0;
    this.colour = data.colour;
    this.cut = 0;
    this.extent = 32767 * data.step;
    this.holder = holder;
    this.build();
  }

  build() {
    const d = this.data, tools = make("div", { class: "tools" });
    this.box = make("div", { class: "view", tabindex: "0", role: "application", "aria-label": d.title + ": drag or use the arrow keys to turn, + and - to come nearer" });
    this.picked = make("p", { class: "picked", "aria-live": "polite" }, d.kind === "points" ? "Point at a sphere to see its columns." : "");
    if (d.states && d.states.length > 1) tools.append(this.stateSlider());
    if (d.kind === "points") tools.append(this.cutSlider());
    const names = d.columns.map((c) => c.name).filter((n) => n !== "radius");
    if (names.length && d.kind === "points") tools.append(this.colourChoice(names));
    const back = make("button", { type: "button" }, "picture");
    back.addEventListener("click", () => this.close());
    tools.append(back);
    this.view = make("div", {});
    this.view.append(tools, this.box, this.legend(), this.picked);
    this.holder.after(this.view);
    this.makeScene();
    this.listen();
  }

  stateSlider() {
    const label = make("label", {}, "stage "), range = make("input", { type: "range", min: 0, max: this.data.states.length - 1, value: 0 });
    const out = make("output", {}, this.data.states[0]);
    range.setAttribute("aria-valuetext", this.data.states[0]);
    range.addEventListener("input", () => {
      this.state = +range.value;
      out.textContent = this.data.states[this.state];
      range.setAttribute("aria-valuetext", out.textContent);
      this.fill();
      this.draw();
    });
    label.append(range, out);
    return label;
  }

  cutSlider() {
    const label = make("label", {}, "cut "), range = make("input", { type: "range", min: 0, max: 100, value: 0 });
    range.addEventListener("input", () => { this.cut = range.value / 100; this.fill(); this.draw(); });
    label.append(range);
    return label;
  }

  colourChoice(names) {
    const label = make("label", {}, "colour "), select = make("select", {});
    for (const n of names) select.append(make("option", { value: n }, n));
    select.value = this.colour;
    select.addEventListener("change", () => { this.colour = select.value; this.fill(); this.showLegend(); this.draw(); });
    label.append(select);
    return label;
  }

  legend() {
    this.keys = make("p", { class: "soft" });
    this.showLegend();
    return this.keys;
  }

  scaleOf(c) {
    if (c.name === this.data.colour && this.data.ramp) return [this.data.low, this.data.high, ramps[this.data.ramp]];
    let low = Infinity, high = -Infinity;
    for (const v of c.value) { if (v < low) low = v; if (v > high) high = v; }
    if (low < 0) { high = Math.max(-low, high); low = -high; }
    return [low, high, low < 0 ? ramps.diverging : ramps.sequential];
  }

  showLegend() {
    const c = this.get(this.colour);
    this.keys.textContent = "";
    if (!c) return;
    const swatch = (colours, text) => {
      const s = make("span", { "aria-hidden": "true" });
      s.style.cssText = "display:inline-block;height:0.8em;vertical-align:-0.05em;margin:0 0.35em 0 0.9em;width:" + (colours.length > 1 ? "8em" : "0.8em")
        + ";background:linear-gradient(90deg," + (colours.length > 1 ? colours : [colours[0], colours[0]]).map((k) => "rgb(" + k.map(Math.round).join(",") + ")").join(",") + ")";
      this.keys.append(s, text);
    };
    this.keys.append((c.name === this.data.colour ? this.data.label : c.name) + (c.unit ? " (" + c.unit + ")" : "") + ": ");
    if (c.words) c.words.forEach((w, k) => swatch([palette[k % palette.length]], w));
    else { const [low, high, stops] = this.scaleOf(c); swatch(stops, low.toPrecision(3) + " to " + high.toPrecision(3)); }
  }

  makeScene() {
    const d = this.data, e = this.extent * 1.25;
    this.scene = new Scene();
    this.camera = new OrthographicCamera(-e, e, e, -e, -8 * e, 8 * e);
    const a = -32 * Math.PI / 180, b = 24 * Math.PI / 180;
    this.camera.position.set(-Math.sin(a) * Math.cos(b), Math.sin(b), Math.cos(a) * Math.cos(b)).multiplyScalar(2 * e);
    this.geometry = new BufferGeometry();
    if (d.kind === "mesh") this.makeMesh();
    else this.makePoints();
    this.scene.add(this.object);
    this.fill();
  }

  makePoints() {
    this.material = new ShaderMaterial({
      vertexShader, fragmentShader,
      uniforms: { scale: { value: 1 }, cut: { value: null }, depthScale: { value: 0 }, light: { value: new Vector3(-0.4, 0.55, 0.733).normalize() } },
    });
    this.material.uniforms.cut.value = { x: 0, y: 0, z: 0, w: 0 };
    this.object = new Points(this.geometry, this.material);
    this.object.frustumCulled = false;
  }

  makeMesh() {
    this.material = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide, flatShading: true });
    this.object = new Mesh(this.geometry, this.material);
    this.object.frustumCulled = false;
    this.scene.add(new AmbientLight(0xffffff, 2.26));
    const sun = new DirectionalLight(0xffffff, 0.88);
    this.camera.add(sun);
    sun.position.set(-0.4, 0.55, 0.733);
    this.scene.add(this.camera);
  }

  paint(i, c, scale, out, at) {
    const k = !c ? palette[0] : c.words ? palette[((c.value[i] % palette.length) + palette.length) % palette.length] : ramp(scale[2], (c.value[i] - scale[0]) / (scale[1] - scale[0]));
    out[at] = k[0] / 255; out[at + 1] = k[1] / 255; out[at + 2] = k[2] / 255;
  }

  // Positions and colours of the stage that is shown. What lies deep inside cannot be seen and is left out unless something is cut.
  fill() {
    const d = this.data, mine = [];
    for (let i = 0; i < d.n; i++) if (!this.stateOf || this.stateOf[i] === this.state || d.kind === "mesh") mine.push(i);
    this.open3 = null;
    this.index = d.kind === "points" && this.cut === 0 && mine.length > 4000 ? this.outermost(mine) : mine;
    const n = this.index.length, position = new Float32Array(3 * n), tint = new Float32Array(3 * n), size = new Float32Array(n);
    const c = this.get(this.colour), scale = c && !c.words ? this.scaleOf(c) : null, radius = d.kind === "points" ? this.get("radius") : null;
    this.index.forEach((i, k) => {
      for (let a = 0; a < 3; a++) position[3 * k + a] = this.q[3 * i + a] * d.step;
      this.paint(i, c, scale, tint, 3 * k);
      size[k] = radius ? radius.value[i] : d.radius;
    });
    this.geometry.setAttribute("position", new BufferAttribute(position, 3));
    if (d.kind === "mesh") {
      this.geometry.setAttribute("color", new BufferAttribute(tint, 3));
      const face = new Uint32Array(bytes(d.face).buffer);
      this.geometry.setIndex(new BufferAttribute(this.stateOf ? face.filter((_, k) => this.stateOf[face[k - (k % 3)]] === this.state) : face, 1));
    } else {
      this.geometry.setAttribute("tint", new BufferAttribute(tint, 3));
      this.geometry.setAttribute("size", new BufferAttribute(size, 1));
      this.geometry.setAttribute("facing", new BufferAttribute(this.facingOf(n), 3));
    }
  }

  // Spheres whose neighbourhood of cells is not full on all sides, and to which side it is open.
  outermost(mine) {
    const d = this.data, edge = 2.2 * d.radius / d.step, cells = new Set();
    const key = (x, y, z) => (x + 512) * 1048576 + (y + 512) * 1024 + z + 512;
    const cell = (i, a) => Math.floor(this.q[3 * i + a] / edge);
    for (const i of mine) cells.add(key(cell(i, 0), cell(i, 1), cell(i, 2)));
    const kept = [], open = [];
    for (const i of mine) {
      const x = cell(i, 0), y = cell(i, 1), z = cell(i, 2);
      let u = 0, v = 0, w = 0, any = false;
      for (let a = -2; a <= 2; a++) for (let b = -2; b <= 2; b++) for (let c = -2; c <= 2; c++)
        if (a * a + b * b + c * c <= 5 && !cells.has(key(x + a, y + b, z + c))) { u += a; v += b; w += c; any = true; }
      if (!any) continue;
      const length = Math.hypot(u, v, w) || 1;
      kept.push(i);
      open.push(u / length, v / length, w / length);
    }
    this.open3 = open;
    return kept;
  }

  facingOf(n) { return this.open3 ? Float32Array.from(this.open3) : new Float32Array(3 * n); }

  enter() {
    this.controls = new TrackballControls(this.camera, renderer.domElement);
    this.controls.rotateSpeed = 3;
    this.controls.staticMoving = true;
    this.controls.noPan = true;
    this.controls.addEventListener("change", () => this.ask());
    this.resize();
  }

  leave() { if (this.controls) this.controls.dispose(); this.controls = null; }

  resize() {
    const w = this.box.clientWidth || 640, h = Math.round(w * 0.75), e = this.extent * 1.25;
    this.fine = Math.max(Math.min(window.devicePixelRatio || 1, 2), 1.5);
    this.ratio = 0;
    this.sharpen(this.fine);
    this.camera.left = -e * w / h; this.camera.right = e * w / h;
    this.camera.updateProjectionMatrix();
    if (this.controls) this.controls.handleResize();
  }

  sharpen(ratio) {
    if (ratio === this.ratio) return;
    this.ratio = ratio;
    const w = this.box.clientWidth || 640;
    renderer.setPixelRatio(ratio);
    renderer.setSize(w, Math.round(w * 0.75), false);
  }

  // While it turns, as fine as the machine can draw in time; fine again when it stands still.
  ask() {
    clearTimeout(this.still);
    this.still = setTimeout(() => { this.sharpen(this.fine); this.draw(); }, 250);
    if (this.asked) return;
    this.asked = true;
    const since = performance.now();
    requestAnimationFrame(() => {
      this.asked = false;
      this.moving = this.moving || (this.index.length > 3000 ? 0.6 : 1);
      this.sharpen(this.moving);
      this.draw();
      requestAnimationFrame(() => {
        const took = performance.now() - since;
        if (took > 100) this.moving = Math.max(this.moving * 0.7, 0.3);
        else if (took < 30) this.moving = Math.min(this.moving * 1.3, this.fine);
      });
    });
  }

  draw() {
    borrow(this);
    if (this.controls) this.controls.update();
    if (this.material.uniforms) {
      const u = this.material.uniforms, high = renderer.domElement.height, tall = (this.camera.top - this.camera.bottom) / this.camera.zoom;
      u.scale.value = high / tall;
      u.depthScale.value = 1 / (this.camera.far - this.camera.near);
      const middle = -this.camera.position.length();
      u.cut.value = { x: 0, y: 0, z: middle + this.extent * (1 - 2 * this.cut), w: this.cut > 0 ? 1 : 0 };
    }
    renderer.render(this.scene, this.camera);
    this.frames = (this.frames || 0) + 1;
  }

  // The nearest sphere under a point of the page.
  pick(x, y) {
    const r = this.box.getBoundingClientRect(), v = new Vector3(), size = this.geometry.getAttribute("size"), p = this.geometry.getAttribute("position");
    const u = ((x - r.left) / r.width * 2 - 1), w = -((y - r.top) / r.height * 2 - 1);
    const wide = (this.camera.right - this.camera.left) / 2 / this.camera.zoom, tall = (this.camera.top - this.camera.bottom) / 2 / this.camera.zoom;
    const limit = -this.camera.position.length() + this.extent * (1 - 2 * this.cut);
    let best = -1, near = -Infinity;
    this.camera.updateMatrixWorld();
    for (let k = 0; k < this.index.length; k++) {
      v.set(p.getX(k), p.getY(k), p.getZ(k)).applyMatrix4(this.camera.matrixWorldInverse);
      if (this.cut > 0 && v.z > limit) continue;
      const dx = u * wide - v.x, dy = w * tall - v.y, s = size.getX(k), rest = s * s - dx * dx - dy * dy;
      if (rest > 0 && v.z + Math.sqrt(rest) > near) { near = v.z + Math.sqrt(rest); best = k; }
    }
    return best < 0 ? -1 : this.index[best];
  }

  show(i) {
    if (i < 0) { this.picked.textContent = ""; return; }
    const d = this.data, at = [0, 1, 2].map((a) => (this.q[3 * i + a] * d.step + d.centre[a]).toFixed(2));
    this.picked.textContent = "number " + i + " at (" + at.join(", ") + ") " + d.unit + "; "
      + d.columns.map((c) => c.name + " " + shown(this.get(c.name), i)).join(", ");
  }

  turn(x, y) {
    const up = this.camera.up.clone(), side = new Vector3().crossVectors(up, this.camera.position).normalize();
    this.camera.position.applyAxisAngle(up.normalize(), -x).applyAxisAngle(side, -y);
    this.camera.up.applyAxisAngle(side, -y);
    this.camera.lookAt(0, 0, 0);
    this.ask();
  }

  listen() {
    this.box.addEventListener("pointerenter", () => { if (owner !== this) this.draw(); });
    this.box.addEventListener("focus", () => { if (owner !== this) this.draw(); });
    this.box.addEventListener("pointermove", (ev) => {
      if (this.controls) this.controls.update();
      if (this.data.kind === "points" && !ev.buttons) this.show(this.pick(ev.clientX, ev.clientY));
    });
    this.box.addEventListener("wheel", (ev) => { ev.preventDefault(); this.zoom(ev.deltaY < 0 ? 1.1 : 1 / 1.1); }, { passive: false });
    this.box.addEventListener("keydown", (ev) => {
      const step = 0.15, moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (moves[ev.key]) this.turn(...moves[ev.key]);
      else if (ev.key === "+" || ev.key === "=") this.zoom(1.1);
      else if (ev.key === "-") this.zoom(1 / 1.1);
      else if (ev.key === "Escape") this.close();
      else return;
      ev.preventDefault();
    });
  }

  zoom(by) { this.camera.zoom = Math.min(Math.max(this.camera.zoom * by, 0.2), 40); this.camera.updateProjectionMatrix(); this.ask(); }

  open() { this.view.hidden = false; this.holder.hidden = true; this.camera.lookAt(0, 0, 0); this.camera.updateMatrixWorld(); this.draw(); this.resize(); this.draw(); this.box.focus({ preventScroll: true }); }

  close() { this.view.hidden = true; this.holder.hidden = false; this.button.focus(); }
}

// A panel of points begins as its picture; a button turns it into the scene.
function space(holder, data) {
  const b = make("button", { type: "button" }, "turn it"), tools = make("div", { class: "tools" });
  let viewer = null;
  b.addEventListener("click", () => {
    if (!viewer) { viewer = new Viewer(holder, data()); viewer.button = b; holder.viewer = viewer; }
    viewer.open();
  });
  tools.append(b);
  holder.append(tools);
}

// ---- curves ------------------------------------------------------------------------------------

function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

// uPlot wants one x for all curves.
function aligned(d) {
  const xs = [...new Set(d.x.filter((x) => x !== null))].sort((a, b) => a - b), at = new Map(xs.map((x, k) => [x, k])), n = d.names ? d.names.length : 1;
  const ys = Array.from({ length: n }, () => new Array(xs.length).fill(null));
  d.x.forEach((x, i) => { const s = d.series ? d.series[i] : 0; if (x !== null && ys[s]) ys[s][at.get(x)] = d.y[i]; });
  return [xs, ...ys];
}

function curve(holder, read) {
  const d = read(), styles = d.styles.split("\n"), box = make("div", {}), data = aligned(d), ink = css("--ink"), grid = css("--grid");
  const axis = (label) => ({ label, stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, font: "12px sans-serif", labelFont: "12px sans-serif" });
  const series = [{ label: d.x_label }];
  for (let k = 1; k < data.length; k++) {
    const style = styles[k - 1] || "lines", colour = css("--s" + ((k - 1) % 8));
    series.push({ label: d.names ? d.names[k - 1] : d.y_label, stroke: colour, width: style === "points" ? 0 : 1.8, spanGaps: true,
      dash: style === "dashed" ? [5, 4] : undefined, points: { show: style === "points" || style === "both", size: 7, fill: colour } });
  }
  holder.before(box);
  const plot = new uPlot({ width: Math.min(box.clientWidth || 720, 900), height: 380, series, axes: [axis(d.x_label), axis(d.y_label)],
    scales: { x: { time: false, distr: d.log_x ? 3 : 1 }, y: { distr: d.log_y ? 3 : 1 } }, cursor: { drag: { x: true, y: true } } }, data, box);
  box.plot = plot;
  box.hidden = true;
  const b = make("button", { type: "button" }, "read off values"), tools = make("div", { class: "tools" });
  b.addEventListener("click", () => {
    box.hidden = !box.hidden;
    holder.hidden = !box.hidden;
    b.textContent = box.hidden ? "read off values" : "picture";
    if (!box.hidden) plot.setSize({ width: Math.min(box.clientWidth || 720, 900), height: 380 });
  });
  tools.append(b);
  holder.after(tools);
}

// ---- start -------------------------------------------------------------------------------------

document.head.append(make("style", {}, plotStyle));
document.querySelectorAll(".picture[data-panel]").forEach((holder) => {
  const script = document.getElementById("data-" + holder.dataset.panel);
  if (!script) return;
  const read = () => JSON.parse(script.textContent);
  if (script.textContent.startsWith('{"kind": "plot"')) curve(holder, read);
  else space(holder, read);
});
window.addEventListener("resize", () => { if (owner && !owner.view.hidden) { owner.resize(); owner.draw(); } });
window.addEventListener("error", (ev) => { document.body.dataset.error = ev.message; });
