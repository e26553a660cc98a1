// The middle column: urgency, three choices per head, what the operator chose. Nodes are filled in
// place, so that focus and position stay while suggestions change.

const SHAPE = { U1: '▲', U2: '◆', U3: '■', U4: '●' };
const LEVEL = { U1: '特急', U2: '紧急', U3: '加急', U4: '一般' };
const RANK = { U4: 0, U3: 1, U2: 2, U1: 3 };
const HEADS = ['type', 'category', 'department'];
// Never as certain as rounding would make it.
const percent = (p) => (p >= 0.9995 ? '>99.9%' : p < 0.0005 ? '<0.1%' : `${(p * 100).toFixed(1)}%`);
const $ = (id) => document.getElementById(id);

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export class Suggest {
  constructor(onOther) {
    this.chosen = { type: null, category: null, department: null, urgency: null };
    this.top = { type: [], category: [], department: [] };
    this.level = '';
    this.linkage = [];
    this.groups = {};
    for (const head of HEADS) this.groups[head] = this.build(head, onOther);
    this.levels = document.querySelector('[data-head=urgency]');
    this.levels.addEventListener('change', (event) => this.setLevel(event.target.value));
    this.levels.querySelector('.undo').addEventListener('click', () => this.setLevel(null));
  }

  build(head, onOther) {
    const root = document.querySelector(`.choice[data-head=${head}]`);
    const box = root.querySelector('.slots');
    const slots = [1, 2, 3].map((n) => {
      const slot = el('div', 'slot vacant');
      const input = el('input');
      Object.assign(input, { type: 'radio', name: `pick-${head}`, disabled: true });
      const label = el('span', 'label', n === 1 && head !== 'type' ? '等待诉求内容' : '');
      const track = el('span', 'rail-p');
      const bar = el('i');
      track.append(bar);
      const p = el('span', 'p');
      slot.append(el('kbd', '', String(n)), label, track, p, input);
      input.addEventListener('change', () => this.choose(head, slot.item));
      // A second click on the chosen one takes the choice back.
      input.addEventListener('click', () => { if (slot.was) this.choose(head, null); slot.was = input.checked; });
      box.append(slot);
      return { slot, input, label, bar, p };
    });
    const other = el('div', 'slot other');
    const button = el('button', '', '其他');
    button.type = 'button';
    button.addEventListener('click', () => onOther(head));
    other.append(el('kbd', '', '0'), button);
    box.append(other);
    return { root, slots, other, button };
  }

  // Shows the three first choices of a head.
  fill(head, items) {
    this.top[head] = items.slice(0, 3);
    this.groups[head].slots.forEach(({ slot, input, label, bar, p }, at) => {
      const item = this.top[head][at];
      slot.item = item;
      slot.classList.toggle('vacant', !item);
      input.disabled = !item;
      label.replaceChildren();
      if (item) {
        if (item.parent) label.append(el('span', 'parent', item.parent));
        label.append(item.label);
        label.title = item.parent ? `${item.parent} / ${item.label}` : item.label;
      }
      bar.style.width = item ? `${item.p * 100}%` : '0';
      p.textContent = item ? percent(item.p) : '';
      input.setAttribute('aria-label', item ? `${item.label},${percent(item.p)}` : '无');
    });
    this.mark(head);
  }

  mark(head) {
    const chosen = this.chosen[head];
    let inTop = false;
    for (const { slot, input } of this.groups[head].slots) {
      const on = Boolean(chosen && slot.item && slot.item.value === chosen.value);
      slot.classList.toggle('on', on);
      input.checked = on;
      slot.was = on;
      inTop = inTop || on;
    }
    const { other, button } = this.groups[head];
    const elsewhere = Boolean(chosen) && !inTop;
    other.classList.toggle('on', elsewhere);
    button.textContent = elsewhere ? `${chosen.parent ? `${chosen.parent} / ` : ''}${chosen.label}` : '其他';
  }

  choose(head, item) {
    this.chosen[head] = item || null;
    this.mark(head);
  }

  // Key 1, 2, 3 on a head; whether there was something to choose.
  pick(head, n) {
    const entry = this.groups[head].slots[n - 1];
    if (!entry || !entry.slot.item) return false;
    this.choose(head, entry.slot.item);
    return true;
  }

  // Takes the first choice of every head for which nothing else was chosen.
  adopt() {
    for (const head of HEADS) if (!this.chosen[head] && this.top[head][0]) this.choose(head, this.top[head][0]);
  }

  focus(head) {
    const { slots, button } = this.groups[head];
    const on = slots.find((s) => s.input.checked) || slots.find((s) => !s.input.disabled);
    (on ? on.input : button).focus();
  }

  setLevel(level) {
    this.chosen.urgency = level;
    for (const input of this.levels.querySelectorAll('input')) input.checked = input.value === level;
    this.levels.querySelector('.undo').hidden = !level;
    $('lower').hidden = !this.needsReason();
  }

  // Software only raises; a person who lowers says why.
  needsReason() {
    const { urgency } = this.chosen;
    return Boolean(urgency && this.level && RANK[urgency] < RANK[this.level]);
  }

  show(answer) {
    this.fill('type', answer.types.map((t) => ({ value: t.label, label: t.label, p: t.p })));
    this.fill('category', answer.category.map((c, at) => ({ value: c.code, label: answer.category_names[at].level2, parent: answer.category_names[at].level1, p: c.p })));
    this.fill('department', answer.department.map((d) => ({ value: d.name, label: d.name, p: d.p })));
    const past = answer.precedent;
    $('precedent').textContent = past ? `${past.of} 件相似工单中 ${past.cases} 件由${past.department}主办` : '';
    this.showUrgency(answer.urgency);
    // Without a model the line above the page says so already.
    const unsure = answer.uncertain && answer.model !== 'rules';
    $('unsure').textContent = unsure ? '把握不足,请人工选择' : '';
    $('source').textContent = answer.model === 'rules' ? '依据:城市规则' : `依据:模型 ${answer.model} 与城市规则`;
    $('spoken').textContent = this.spoken(answer);
  }

  showUrgency(urgency) {
    this.level = urgency.level;
    this.linkage = urgency.linkage;
    $('urgency').dataset.level = urgency.level;
    $('level-shape').textContent = SHAPE[urgency.level] || '';
    $('level-name').textContent = `${urgency.level} ${LEVEL[urgency.level]}`;
    // Where the rules made the level, the model's doubt about it is no measure of it.
    const ruled = urgency.floor === urgency.level && urgency.p < 0.5;
    $('level-p').textContent = ruled ? '依规则' : urgency.p > 0 ? percent(urgency.p) : '';
    $('level-p').title = ruled && urgency.p > 0 ? `模型认为是此级的可能:${percent(urgency.p)}` : '';
    $('level-flags').replaceChildren(...urgency.flags.map((flag) => el('span', 'tag', flag)));
    // The same words under the same note say it once.
    const once = urgency.cues.filter((cue, at) => urgency.cues.findIndex((c) => c.text === cue.text && c.note === cue.note) === at);
    const lines = once.slice(0, 3).map((cue) => {
      const line = el('span');
      line.append(el('mark', 'm-cue', cue.text), ` ${cue.note}`);
      return line;
    });
    if (lines.length === 0) lines.push(el('span', 'empty', urgency.level === 'U4' ? '未见急情词' : '模型判断,未见规则急情词'));
    $('cues').replaceChildren(...lines);
    $('linkage').hidden = urgency.linkage.length === 0;
    $('linkage-units').replaceChildren(...urgency.linkage.map((unit) => el('span', 'unit', unit)));
    $('lower').hidden = !this.needsReason();
  }

  spoken(answer) {
    const first = answer.category_names[0];
    const parts = [`急度${LEVEL[answer.urgency.level]}`];
    if (answer.urgency.linkage.length > 0) parts.push(`联动${answer.urgency.linkage.join('、')}`);
    if (first) parts.push(`类别建议${first.level2}`);
    if (answer.department[0]) parts.push(`主办建议${answer.department[0].name}`);
    return parts.join(',');
  }

  reset() {
    this.chosen = { type: null, category: null, department: null, urgency: null };
    for (const head of HEADS) {
      this.fill(head, []);
      if (head !== 'type') this.groups[head].slots[0].label.textContent = '等待诉求内容';
    }
    this.level = '';
    this.linkage = [];
    $('urgency').dataset.level = '';
    $('level-shape').textContent = '';
    $('level-name').textContent = '急度待判';
    for (const id of ['level-p', 'level-flags', 'cues', 'linkage-units', 'unsure', 'why', 'precedent', 'source', 'spoken']) $(id).textContent = '';
    $('linkage').hidden = true;
    $('places').hidden = true;
    $('reason').value = '';
    this.setLevel(null);
  }

  // Labels that the operator chose; null when none.
  labels() {
    const labels = {};
    if (this.chosen.type) labels.type = this.chosen.type.value;
    if (this.chosen.category) labels.category = this.chosen.category.value;
    if (this.chosen.department) labels.department = this.chosen.department.value;
    if (this.chosen.urgency) labels.urgency = this.chosen.urgency;
    return Object.keys(labels).length > 0 ? labels : null;
  }
}
