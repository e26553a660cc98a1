// 五要素: has the caller said when, where, who, what, and what is wanted? The service finds them in the
// text; what stands in a field of its own counts too. A reminder, not a gate.

export function slotsOf(elements, { place, name, number }) {
  const slots = {};
  for (const item of elements) slots[item.element] = { said: item.said, question: item.question, at: item.at };
  const own = (slot, filled) => {
    if (filled) slots[slot] = { ...(slots[slot] || { question: '', at: [] }), said: true };
  };
  own('place', place.trim() !== '');
  own('who', name.trim() !== '' && number.trim() !== '');
  return slots;
}

// Ticks what is said, shows its words on hover, and asks for the first that is missing.
export function showFive(list, ask, slots, text) {
  const empty = text.trim() === '';
  const chars = Array.from(text);
  let question = '';
  for (const item of list.children) {
    const slot = slots[item.dataset.slot];
    const done = Boolean(slot && slot.said) && !(empty && slot.at.length > 0);
    item.classList.toggle('done', done);
    item.setAttribute('aria-label', `${item.textContent}${done ? ',已有' : ',未提到'}`);
    const words = done && item.dataset.slot !== 'what' ? Array.from(new Set(slot.at.map((s) => chars.slice(s.start, s.end).join('')))) : [];
    item.title = words.slice(0, 6).join('、');
    if (!done && !question && slot) question = slot.question;
  }
  ask.textContent = empty || question === '' ? '' : `可追问:${question}`;
}
