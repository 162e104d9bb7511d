// The live page: follows /api/v1/stream and draws what comes. Every text of an event is foreign and goes into the page as
// text, never as markup.
'use strict';

const CHANGES_MAX = 350, MESSAGES_MAX = 150;  // rows kept in the page, 500 together
const SILENCE_MS = 40_000;                    // the service speaks every 15 s: longer silence is a dead line
const VALUE_MAX = 2000;                       // characters of one attribute's value that are shown
const $ = (id) => document.getElementById(id);

// el('b.name', 'text', child, ...): an element with classes; strings become text nodes.
function el(name, ...children) {
  const [tag, ...classes] = name.split('.');
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(' ');
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

const clock = (time) => time.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false});
const short = (text) => text.length > VALUE_MAX ? text.slice(0, VALUE_MAX) + '\u2026' : text;
const plural = (count, word) => `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

function timeNode(iso) {
  const time = new Date(iso);
  const node = el('time', isNaN(time) ? iso : clock(time));
  node.title = iso;
  if (!isNaN(time)) node.dateTime = time.toISOString();
  return node;
}

// ---- The line to the service ----

let source = null, lastSeq = null, lastWord = 0, fabrics = null, opened = false, retry = null;

function connect() {
  clearTimeout(retry);
  if (source) source.close();
  source = new EventSource('/api/v1/stream?' + (lastSeq === null ? 'tail=1000' : 'after=' + lastSeq));
  source.onopen = () => { opened = true; heard(); };
  source.onerror = () => {
    opened = false;
    showState();
    // The browser comes back by itself, unless the service refused: then we do.
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 3000);
  };
  const on = (name, take) => source.addEventListener(name, (event) => {
    heard();
    take(JSON.parse(event.data), Number(event.lastEventId));
  });
  const inOrder = (take) => (data, seq) => {
    if (lastSeq !== null && seq <= lastSeq) return;
    lastSeq = seq;
    take(data);
  };
  on('fabric', (data) => { fabrics = data; showFabrics(); showState(); });
  on('change', inOrder((data) => queue(changes, data)));
  on('gap', inOrder((data) => queue(changes, data)));
  on('message', inOrder((data) => queue(messages, data)));
  on('reset', (data, seq) => { lastSeq = seq; queue(changes, {reset: data}); });
}

function heard() {
  lastWord = Date.now();
  opened = true;
}

setInterval(() => {
  if (opened && Date.now() - lastWord > SILENCE_MS) {
    opened = false;
    connect();
  }
  showState();
  showAges();
}, 1000);

// Live is said only while the line carries and every watch of every fabric is live.
function showState() {
  let state = 'live', text = 'live';
  if (!opened && !lastWord) {
    state = text = 'connecting';
  } else if (!opened) {
    state = 'reconnecting';
    text = `reconnecting, nothing heard since ${clock(new Date(lastWord))}`;
  } else if (!fabrics) {
    state = text = 'connecting';
  } else if (!fabrics.fabrics.length) {
    state = 'blind';
    text = 'blind: no fabric is watched';
  } else {
    const blind = fabrics.fabrics.filter((fabric) => !fabric.live);
    if (blind.length) {
      state = 'blind';
      text = blind.length === 1 ? `blind: ${blind[0].name} ${standing(blind[0])}` : `blind: ${plural(blind.length, 'fabric')}`;
    }
  }
  if ($('state-text').textContent !== text) {
    $('state').className = 'state ' + state;
    $('state-text').textContent = text;
    document.title = state === 'live' ? 'aciwatch' : `aciwatch (${state})`;
  }
}

function standing(fabric) {
  const sessions = {idle: 'is not logged in', logging_in: 'logs in', waiting: 'waits for its controller', rejected: 'login is refused'};
  if (fabric.session !== 'open') return sessions[fabric.session] || fabric.session;
  const open = fabric.watches.filter((watch) => watch.state !== 'live');
  if (!fabric.watches.length) return 'has no watch yet';
  const finding = fabric.watches.filter((watch) => watch.blindSince);
  if (!open.length && finding.length) return `finds out what it missed of ${finding.map((watch) => watch.name).join(', ')}`;
  return open.length ? `does not see ${open.map((watch) => watch.name).join(', ')}` : 'live';
}

function showFabrics() {
  $('fabrics').replaceChildren(...fabrics.fabrics.map((fabric) => {
    const latest = fabric.watches.reduce((late, watch) => watch.since > late ? watch.since : late, fabric.since);
    const says = el('span.says', fabric.live ? 'live since ' : standing(fabric) + ' since ', timeNode(latest));
    const push = el('span.push');
    push.dataset.since = fabric.lastPush || '';
    const watches = el('span.watches', ...fabric.watches.map((watch) => {
      const state = ['live', 'failed'].includes(watch.state) ? watch.state : 'waits';
      const chip = el('span.watch.' + state, el('i'), el('bdi', watch.name), el('span', watch.pushes.toLocaleString('en')));
      chip.title = `watch ${watch.name}: ${watch.state}${watch.error ? ', ' + watch.error : ''}; ${plural(watch.pushes, 'push').replace('pushs', 'pushes')}` +
        (watch.lastProof ? `; last proved whole ${clock(new Date(watch.lastProof))}` : '');
      return chip;
    }));
    const card = el(fabric.live ? 'div.fabric.live' : 'div.fabric', el('b', el('bdi', fabric.name)), el('code', fabric.controller), says, push, watches);
    if (fabric.error) card.append(el('span.says', fabric.error));
    return card;
  }));
  $('room-name').textContent = fabrics.room;
  showAges();
  showCommands();
}

function showAges() {
  for (const node of document.querySelectorAll('.push')) {
    const seconds = Math.max(0, Math.round((Date.now() - new Date(node.dataset.since)) / 1000));
    let age = seconds < 2 ? 'just now' : `${seconds} s ago`;
    if (seconds >= 120) age = `${Math.floor(seconds / 60)} min ago`;
    if (seconds >= 7200) age = `${Math.floor(seconds / 3600)} h ago`;
    node.textContent = node.dataset.since ? `last push ${age}` : 'no push yet';
  }
}

// ---- What came and is not drawn yet ----

const changes = {waiting: [], missed: 0, max: CHANGES_MAX, draw: drawChanges};
const messages = {waiting: [], missed: 0, max: MESSAGES_MAX, draw: drawMessages};
let paused = false, drawing = null, total = 0, messageTotal = 0;

function queue(list, data) {
  list.waiting.push(data);
  if (list.waiting.length > 2 * list.max) {
    list.missed += list.waiting.length - list.max;
    list.waiting = list.waiting.slice(-list.max);
  }
  drawing = drawing || setTimeout(draw, 60);
}

function draw() {
  drawing = null;
  if (messages.waiting.length) take(messages);
  if (changes.waiting.length && !paused) take(changes);
  showWaiting();
}

function take(list) {
  const rows = list.waiting;
  const missed = list.missed;
  list.waiting = [];
  list.missed = 0;
  list.draw(rows, missed);
}

function showWaiting() {
  const count = changes.waiting.length + changes.missed;
  $('waiting').hidden = !paused || count === 0;
  $('waiting').textContent = `${plural(count, 'new change')}: show`;
}

// ---- Changes ----

const shown = {created: true, modified: true, deleted: true};
let needle = '', first = true;

function drawChanges(rows, missed) {
  total += rows.filter((row) => row.op).length + missed;
  const list = $('changes');
  const fragment = document.createDocumentFragment();
  for (const data of rows.slice(-CHANGES_MAX).reverse()) {
    const row = data.reset ? resetRow(data.reset) : data.gap ? gapRow(data.gap) : changeRow(data);
    if (!first) row.classList.add('fresh');
    fragment.append(row);
  }
  list.prepend(fragment);
  while (list.childElementCount > CHANGES_MAX) list.lastElementChild.remove();
  applyFilter();
  if (!first) speak(rows);
  first = false;
}

function attributesOf(event) { return event.after || event.before || {}; }

// A class that has no label of its own is shown by its name, which stands as it is.
function capitalised({label, class: name}) { return label === name ? name : label.charAt(0).toUpperCase() + label.slice(1); }

function changeRow(event) {
  const row = el('li.change');
  row.dataset.op = event.op;
  row.dataset.text = [event.dn, event.class, event.label, event.name, event.fabric, ...Object.values(attributesOf(event)),
    ...(event.before ? event.changed.map((name) => event.before[name] || '') : [])].join('\n').slice(0, 8000).toLowerCase();
  const origins = {relist: 'found by re-reading', backfill: 'from the log', baseline: 'was there'};
  const what = el('span.what', el('span.label', capitalised(event)), ' ', event.name ? el('b', el('bdi', event.name)) : null,
    origins[event.origin] ? el('span.tag', origins[event.origin]) : null,
    event.user ? el('span.tag', 'by ', el('bdi', event.user)) : null);
  const summary = el('summary', el('span.badge.' + (event.op in shown ? event.op : 'modified'), event.op), what,
    el('span.when', el('bdi.fabric-name', event.fabric), timeNode(event.time)), el('code.dn', event.dn), delta(event));
  const details = el('details', summary);
  // The table is made when it is looked at.
  details.addEventListener('toggle', () => { if (details.open && details.childElementCount === 1) details.append(table(event)); });
  row.append(details);
  return row;
}

// The first differences, on the row itself.
function delta(event) {
  if (event.op !== 'modified' || !event.changed.length) return null;
  const line = el('span.delta');
  for (const name of event.changed.slice(0, 3)) {
    const value = (attributes, kind) => {
      const text = attributes ? attributes[name] : undefined;
      if (!text) return text === '' ? 'empty' : '?';
      return el('code.' + kind, text.length > 60 ? text.slice(0, 60) + '\u2026' : text);
    };
    line.append(el('span', name + ' ', value(event.before, 'from'), ' \u2192 ', value(event.after, 'to')));
  }
  if (event.changed.length > 3) line.append(el('span', `+${event.changed.length - 3} more`));
  return line;
}

function table(event) {
  const before = event.before || {}, after = event.after || {};
  const cell = (attributes, name) => {
    const value = attributes[name];
    return value === undefined ? el('td.nothing', 'none') : value === '' ? el('td.nothing', 'empty') : el('td', short(value));
  };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const isChanged = new Set(event.changed);
  const ordered = [...names.filter((name) => isChanged.has(name)), ...names.filter((name) => !isChanged.has(name))];
  const about = el('div.about');
  about.append(el('p.facts', el('code', event.class), `, ${event.origin}, change ${event.seq}`));
  if (event.cut) about.append(el('p.facts', 'Too large to be kept with its attributes.'));
  if (!ordered.length) return about;
  const two = event.before && event.after;
  const head = el('tr', el('th', 'attribute'));
  if (event.before) head.append(el('th', two ? 'before' : 'was'));
  if (event.after) head.append(el('th', two ? 'after' : 'is'));
  for (const th of head.children) th.scope = 'col';
  const body = el('tbody', ...ordered.map((name) => {
    const th = el('th', name);
    th.scope = 'row';
    const tr = el(two && isChanged.has(name) ? 'tr.diff' : 'tr', th);
    if (event.before) tr.append(cell(before, name));
    if (event.after) tr.append(cell(after, name));
    return tr;
  }));
  about.append(el('table', el('thead', head), body));
  return about;
}

function note(badge, ...text) {
  return el('li.note', el('span.badge', badge), el('span.what', ...text));
}

function gapRow(gap) {
  const found = gap.found ? `${plural(gap.found, 'change')} found by re-reading` : 'nothing had changed';
  return note('gap', el('bdi', gap.fabric), ' was blind from ', timeNode(gap.from), ' to ', timeNode(gap.to),
    ` (watch ${gap.watch}: ${gap.reason}); ${found}`, gap.backfilled ? `, ${gap.backfilled} more in the controller's log` : '',
    gap.history && gap.history !== 'complete' ? `; history ${gap.history}` : '');
}

function resetRow() {
  return note('cut', 'Here changes are missing on this page: the service no longer holds them, or was started anew.');
}

function applyFilter() {
  let visible = 0, kept = 0;
  for (const row of $('changes').children) {
    const isChange = row.dataset.op !== undefined;
    row.hidden = isChange && (shown[row.dataset.op] === false || (needle !== '' && !row.dataset.text.includes(needle)));
    if (!isChange) continue;
    ++kept;
    if (!row.hidden) ++visible;
  }
  $('empty').hidden = $('changes').childElementCount > 0;
  $('none').hidden = kept === 0 || visible > 0;
  $('count').textContent = kept === 0 ? '' : visible < kept ? `${visible} of ${kept} shown` : total > kept ? `newest ${kept} of ${total.toLocaleString('en')}` : `${kept}`;
}

// For who listens instead of looking: a summary, not every row of a storm.
let spokenAt = 0;
function speak(rows) {
  if (Date.now() - spokenAt < 4000) return;
  spokenAt = Date.now();
  const last = rows[rows.length - 1];
  if (last.op) $('spoken').textContent = `${plural(rows.length, 'new change')}: ${capitalised(last)} ${last.name} ${last.op}`;
}

function setPaused(value) {
  paused = value;
  $('pause').textContent = paused ? 'Resume' : 'Pause';
  $('pause').setAttribute('aria-pressed', String(paused));
  draw();
}

// ---- The room ----

function drawMessages(rows, missed) {
  messageTotal += rows.length + missed;
  const scroll = $('room-scroll'), list = $('messages');
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  const fresh = list.childElementCount > 0;
  for (const data of rows.slice(-MESSAGES_MAX)) {
    const node = messageNode(data);
    if (fresh) node.classList.add('fresh');
    list.append(node);
  }
  while (list.childElementCount > MESSAGES_MAX) list.firstElementChild.remove();
  $('room-empty').hidden = list.childElementCount > 0;
  $('room-count').textContent = plural(messageTotal, 'message');
  if (atEnd || !fresh) scroll.scrollTop = scroll.scrollHeight;
  else $('room-new').hidden = false;
}

function messageNode(data) {
  const time = new Date(data.time), message = data.message;
  const lines = el('div.lines');
  const several = message.items.length !== 1 || message.more > 0;
  if (several && message.items.length) lines.append(el('h3', el('bdi', message.title)));
  if (!message.items.length) lines.append(el('div', el('span.ball'), el('bdi', message.title)));
  for (const item of message.items) lines.append(itemNode(item));
  if (message.more) lines.append(el('div.small', `+${plural(message.more, 'more change')}`));
  if (message.notShown) lines.append(el('div.small', `+${plural(message.notShown, 'more change')} not shown`));
  const stamp = el('time', isNaN(time) ? '' : time.toLocaleTimeString('en', {hour: 'numeric', minute: '2-digit'}));
  stamp.title = data.time;
  const avatar = el('img.avatar');
  avatar.src = '/icon.svg';
  avatar.alt = '';
  return el('li.message', avatar, el('div',
    el('div.by', el('b', 'aciwatch'), el('span.app', 'APP'), stamp,
      fabrics && data.receiver !== fabrics.room ? el('span.to', 'to ', el('bdi', data.receiver)) : null),
    el('div.bar.' + tone(message.tone), lines)));
}

function tone(name) { return 'tone-' + (['created', 'modified', 'deleted', 'warning'].includes(name) ? name : 'note'); }

function itemNode(item) {
  const value = (text, absent) => text === null ? absent : text === '' ? '(empty)' : el('code', text);
  const node = el('div.item.' + tone(item.tone), el('div', el('span.ball'), item.kind + ' ',
    item.name ? el('b', el('bdi', item.name)) : null, (item.name ? ' ' : '') + item.verb, item.remark ? ` (${item.remark})` : null));
  const bullets = item.fields.map((field) => item.changes
    ? el('li', field.name + ' ', value(field.from, '(not known)'), ' \u2192 ', value(field.to, '(gone)'))
    : el('li', field.name + ' ', value(field.to, '(gone)')));
  if (item.moreFields) bullets.push(el('li', `+${item.moreFields} more attributes`));
  if (bullets.length) node.append(el('ul', ...bullets));
  node.append(el('div', el('code', item.dn)),
    el('div.small', (item.tenant ? `tenant ${item.tenant}, ` : '') + `fabric ${item.fabric}, ${item.time}`));
  return node;
}

// ---- What to try ----

let commandsShown = null;

function showCommands() {
  const controller = fabrics.fabrics.length ? fabrics.fabrics[0].controller : 'https://apic';
  const text = fabrics.try || `# Create a tenant\naciwatch set uni/tn-WS_Example fvTenant -u ${controller} -l admin`;
  if (text === commandsShown) return;
  commandsShown = text;
  const blocks = [];
  let caption = null;
  for (const line of text.split('\n').filter((line) => line !== '')) {
    if (line.startsWith('#')) {
      caption = el('p.caption', line.slice(1).trim());
      continue;
    }
    const code = el('code', line), copy = el('button', 'Copy');
    copy.type = 'button';
    copy.addEventListener('click', () => copyText(code, copy));
    blocks.push(el('div', caption, el('div.command', code, copy)));
    caption = null;
  }
  $('commands').replaceChildren(...blocks);
}

async function copyText(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = 'Selected';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
}

// ---- Hands ----

for (const button of document.querySelectorAll('.op')) {
  button.addEventListener('click', () => {
    const op = button.dataset.op;
    shown[op] = !shown[op];
    button.setAttribute('aria-pressed', String(shown[op]));
    applyFilter();
  });
}
$('filter').addEventListener('input', () => {
  needle = $('filter').value.trim().toLowerCase();
  applyFilter();
});
$('clear').addEventListener('click', () => {
  $('filter').value = needle = '';
  for (const button of document.querySelectorAll('.op')) {
    shown[button.dataset.op] = true;
    button.setAttribute('aria-pressed', 'true');
  }
  applyFilter();
});
$('pause').addEventListener('click', () => setPaused(!paused));
$('waiting').addEventListener('click', () => setPaused(false));
$('room-new').addEventListener('click', () => {
  $('room-scroll').scrollTop = $('room-scroll').scrollHeight;
  $('room-new').hidden = true;
});
$('room-scroll').addEventListener('scroll', () => {
  const scroll = $('room-scroll');
  if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60) $('room-new').hidden = true;
});
document.addEventListener('keydown', (event) => {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') {
    event.preventDefault();
    $('filter').focus();
  } else if (event.key === 'p') {
    setPaused(!paused);
  }
});

showState();
connect();
