// Text of the repository made safe for pages.

import { execFileSync } from 'node:child_process'

export const HOME = 'https://github.com/TencentBlueKing/bklog-lint'

/** A cell of a Markdown table. */
export function cell(text) {
  return String(text).replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('{{', '&#123;&#123;').replace(/\s+/g, ' ').trim()
}

/** A row of a Markdown table. */
export function row(cells) {
  return `| ${cells.join(' | ')} |\n`
}

/** A Markdown table. */
export function table(head, rows) {
  return row(head) + row(head.map(() => '---')) + rows.map(row).join('')
}

/** Prose outside code: no HTML, and nothing that Vue would evaluate. */
export function prose(text) {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, index) => (index % 2 ? part : part.replaceAll('<', '&lt;').replaceAll('{{', '&#123;&#123;')))
    .join('')
}

/** A fenced block that holds any text. */
export function fence(language, text) {
  const ticks = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map((run) => run[0].length + 1)))
  return `${ticks}${language}\n${text.replace(/\n$/, '')}\n${ticks}\n`
}

/** Relative links of a document at the top of the repository lead to the repository. */
export function repositoryLinks(text) {
  return prose(text).replace(/\]\((?!https?:|#)([^)]+)\)/g, (_, path) => `](${HOME}/blob/main/${path})`)
}

/** What stands below a heading of any level, up to the next of the same level or above; undefined where there is none. */
export function section(text, heading) {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'))
  if (start < 0) return undefined
  const level = lines[start].indexOf(' ')
  let fenced = false
  let end = start + 1
  for (; end < lines.length; end++) {
    if (lines[end].startsWith('```')) fenced = !fenced
    // A comment of a script begins like a heading.
    if (!fenced && /^#+ /.test(lines[end]) && lines[end].indexOf(' ') <= level) break
  }
  return `${lines.slice(start + 1, end).join('\n').trim()}\n`
}

/** What the program prints. */
export function output(program, ...args) {
  const environment = { ...process.env, NO_COLOR: '1', LC_ALL: 'C.UTF-8', COLUMNS: '100' }
  return execFileSync(program, args, { encoding: 'utf8', env: environment })
}
