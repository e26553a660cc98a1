// 其他: a searchable list at the right, over the past cases, never over the text.

let trees = {};

async function source(head, call) {
  if (!trees[head]) {
    trees[head] = (async () => {
      if (head === 'category') {
        const tree = await call('GET', '/city/taxonomy');
        return tree.map((branch) => ({
          name: branch.name,
          items: branch.categories.map((c) => ({ value: c.code, label: c.name, parent: branch.name, note: c.examples.join(' '), department: c.department })),
        }));
      }
      if (head === 'department') {
        const groups = new Map();
        for (const d of await call('GET', '/city/departments')) {
          if (!groups.has(d.kind)) groups.set(d.kind, []);
          groups.get(d.kind).push({ value: d.name, label: d.name, note: '' });
        }
        return Array.from(groups, ([name, items]) => ({ name, items }));
      }
      const types = document.getElementById('type-options').content.querySelectorAll('option');
      return [{ name: '', items: Array.from(types, (o) => ({ value: o.textContent, label: o.textContent, note: '' })) }];
    })();
    trees[head].catch(() => { delete trees[head]; });
  }
  return trees[head];
}

const TITLE = { type: '其他诉求类型', category: '其他类别', department: '其他主办单位' };

export class Picker {
  constructor(root, call) {
    this.root = root;
    this.call = call;
    this.box = root.querySelector('#picker-q');
    this.list = root.querySelector('#picker-list');
    this.box.addEventListener('input', () => this.draw());
    root.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]');
      if (option) this.take(option);
    });
    root.querySelector('#picker-close').addEventListener('click', () => this.close());
  }

  // Resolves with {value, label, parent} or null.
  async open(head) {
    if (this.done) this.done(null);
    root_title(this.root, TITLE[head]);
    this.back = document.activeElement;
    this.root.hidden = false;
    this.box.value = '';
    this.list.textContent = '';
    this.box.focus();
    const chosen = new Promise((resolve) => { this.done = resolve; });
    try {
      this.groups = await source(head, this.call);
      this.draw();
    } catch (error) {
      this.list.textContent = error.message;
    }
    return chosen;
  }

  draw() {
    const wanted = this.box.value.trim().toLowerCase();
    const rows = document.createDocumentFragment();
    let n = 0;
    for (const group of this.groups || []) {
      const hits = group.items.filter((item) => wanted === '' || [group.name, item.label, item.note, item.value].some((t) => t.toLowerCase().includes(wanted)));
      if (hits.length === 0) continue;
      if (group.name) {
        const head = document.createElement('h3');
        head.textContent = group.name;
        rows.append(head);
      }
      for (const item of hits) {
        const row = document.createElement('div');
        row.setAttribute('role', 'option');
        row.id = `option-${n}`;
        n += 1;
        row.item = item;
        const label = document.createElement('span');
        label.textContent = item.label;
        const note = document.createElement('small');
        note.textContent = item.note;
        row.append(label, note);
        rows.append(row);
      }
    }
    if (n === 0) rows.append('没有匹配的项,请换个词');
    this.list.replaceChildren(rows);
    // What is called so comes before what only concerns it.
    const options = Array.from(this.list.querySelectorAll('[role=option]'));
    this.select(options.find((o) => wanted !== '' && o.item.label.toLowerCase().includes(wanted)) || options[0]);
  }

  select(option) {
    for (const old of this.list.querySelectorAll('[aria-selected=true]')) old.setAttribute('aria-selected', 'false');
    if (!option) return;
    option.setAttribute('aria-selected', 'true');
    option.scrollIntoView({ block: 'nearest' });
    this.box.setAttribute('aria-activedescendant', option.id);
  }

  key(event) {
    if (event.isComposing) return;
    const options = Array.from(this.list.querySelectorAll('[role=option]'));
    const at = options.findIndex((o) => o.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowDown') this.select(options[Math.min(at + 1, options.length - 1)]);
    else if (event.key === 'ArrowUp') this.select(options[Math.max(at - 1, 0)]);
    else if (event.key === 'Enter' && at >= 0 && !event.ctrlKey && event.target === this.box) this.take(options[at]);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(option) {
    const done = this.done;
    this.done = null;
    this.hide();
    if (done) done(option.item);
  }

  close() {
    const done = this.done;
    this.done = null;
    this.hide();
    if (done) done(null);
  }

  hide() {
    this.root.hidden = true;
    if (this.back) this.back.focus();
  }
}

function root_title(root, title) {
  root.querySelector('#picker-title').textContent = title;
}
