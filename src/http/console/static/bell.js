// How many alerts of one's kept searches are unread, beside 关注. Asked once a page: asking again and again by
// itself would keep a session open that nobody uses.
import { call } from './api.js';

const entry = document.querySelector('.rail a[href="/watches"]');
// Who has to choose a password first may ask for nothing yet.
if (entry && location.pathname !== '/account') {
  call('GET', '/searches').then(({ searches }) => {
    const unread = searches.reduce((sum, search) => sum + search.unread, 0);
    if (unread === 0) return;
    const badge = document.createElement('span');
    badge.className = 'badge';
    badge.textContent = unread > 99 ? '99+' : String(unread);
    entry.append(badge);
    entry.setAttribute('aria-label', `${entry.firstChild.textContent},${unread} 件未看`);
  }).catch(() => {}); // a page without the number is better than an error about it
}
