/** How the page looks: one column that a phone shows as well, in the colours that the reader's system is set to. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #16181b);
  --card: light-dark(#ffffff, #1e2125);
  --ink: light-dark(#1d2126, #e6e4df);
  --soft: light-dark(#5d656e, #9aa1a9);
  --line: light-dark(#e2dfd9, #33383e);
  --good: light-dark(#1a7345, #63c28d);
  --bad: light-dark(#b3261e, #ff8a80);
  --warn: light-dark(#8a5a00, #e6b455);
}
* { box-sizing: border-box }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; overflow-wrap: anywhere;
}
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1.5rem; padding-left: 1rem; border-left: .4rem solid var(--tone) }
h2 { font-size: 1.2rem; margin: 3rem 0 1rem }
h3 { font-size: 1.05rem; margin: 0 }
p { margin: .5rem 0 }
code, pre, .id { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: .875em }
.good { --tone: var(--good) } .bad { --tone: var(--bad) } .warn { --tone: var(--warn) } .soft { --tone: var(--soft) }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: 0 }
.facts dt { color: var(--soft) } .facts dd { margin: 0 }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.25rem; margin: 1rem 0; border-top: .2rem solid var(--tone) }
.card blockquote { margin: .75rem 0; padding-left: 1rem; border-left: .15rem solid var(--line) }
.where { color: var(--soft); font-size: .875rem }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin: 1rem 0 }
.sides > div { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem }
.sides span { display: block; color: var(--tone); font-size: .8rem; font-weight: 600 }
pre { margin: .5rem 0; padding: .8rem; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; white-space: pre-wrap; max-height: 30rem; overflow-y: auto }
summary { cursor: pointer; color: var(--soft); margin-top: .6rem }
.filters { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: 1rem }
.filters button, .filters input {
  font: inherit; font-size: .9rem; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 2rem; padding: .3rem .9rem;
}
.filters input { flex: 1 1 12rem; min-width: 8rem }
.filters button { cursor: pointer }
.filters button[aria-pressed='true'] { border-color: var(--ink); font-weight: 600 }
table { width: 100%; border-collapse: collapse; font-size: .9rem }
th { text-align: left; color: var(--soft); font-weight: 500 }
th, td { padding: .55rem 1.25rem .55rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td:last-child { padding-right: 0; white-space: nowrap }
.verdict { white-space: nowrap; font-weight: 600; color: var(--tone) }
.reason { color: var(--soft); margin: .2rem 0 0 }
footer { margin-top: 3rem; color: var(--soft); font-size: .875rem }
@media (max-width: 40rem) {
  main { padding-top: 1.5rem }
  .facts, .sides { grid-template-columns: 1fr }
  .facts { gap: 0 } .facts dd { margin-bottom: .6rem }
  thead { display: none }
  tr:not([hidden]) { display: block; padding: .7rem 0; border-bottom: 1px solid var(--line) }
  td { display: block; border: 0; padding: .1rem 0 }
}
@media print { .filters { display: none } pre { max-height: none } }
`

/** Shows the requirements that a reader asks for; without it, all are there. */
export const SCRIPT = `
const rows = [...document.querySelectorAll('tr[data-verdict]')]
const buttons = [...document.querySelectorAll('button[data-verdict]')]
const words = document.querySelector('input[type=search]')
let verdict = ''
const show = () => {
  const wanted = words.value.toLowerCase().split(/\\s+/)
  for (const row of rows) {
    const text = row.textContent.toLowerCase()
    row.hidden = (verdict !== '' && row.dataset.verdict !== verdict) || !wanted.every((word) => text.includes(word))
  }
  for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.verdict === verdict))
}
for (const button of buttons)
  button.addEventListener('click', () => {
    verdict = button.dataset.verdict
    show()
  })
words.addEventListener('input', show)
`
