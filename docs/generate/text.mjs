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

/** What the program prints. */
export function output(program, ...args) {
  const environment = { ...process.env, NO_COLOR: '1', LC_ALL: 'C.UTF-8', COLUMNS: '100' }
  return execFileSync(program, args, { encoding: 'utf8', env: environment })
}
