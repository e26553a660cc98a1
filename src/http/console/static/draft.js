// A reload loses nothing; the draft ends with the tab or the session and never leaves this browser. It is of one
// account: who comes next in this tab does not get the last caller's number.

const LEAD = 'tingsu.draft';
const KEY = `${LEAD}.${document.querySelector('meta[name=account]')?.content || ''}`;
const field = (id) => document.getElementById(id);
const read = (node) => (node.type === 'checkbox' ? (node.checked ? 'yes' : '') : node.value);

function write(node, value) {
  if (node.type === 'checkbox') node.checked = value === 'yes';
  else node.value = value;
}

export function keep(ids) {
  const draft = Object.fromEntries(ids.map((id) => [id, read(field(id))]));
  try {
    if ([draft.text, draft.title, draft.number].every((v) => v.trim() === '')) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch (error) {
    // Storage may be full or forbidden; the page works without it.
  }
}

export function drop() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(LEAD)) sessionStorage.removeItem(key);
  } catch (error) {
    // As above.
  }
}

// Puts a kept draft back; whether there was one.
export function restore(ids) {
  let draft = null;
  try {
    draft = JSON.parse(sessionStorage.getItem(KEY));
    // Of somebody whose session ended without 退出.
    if (!draft) drop();
  } catch (error) {
    return false;
  }
  if (!draft) return false;
  for (const id of ids) if (typeof draft[id] === 'string') write(field(id), draft[id]);
  return true;
}
