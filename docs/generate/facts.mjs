// A page for every table of facts: where it comes from and when it was read, and what it says.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { parse } from 'smol-toml'
import { HOME, cell, fence, prose, table } from './text.mjs'

// Rows beyond this are shown as they are in the file: a table of thousands is slow to open and no easier to read.
const MOST = 400

/** Writes the pages; returns their names, for the sidebar. */
export function facts(folder, write) {
  const names = readdirSync(folder).filter((name) => /\.(toml|tsv)$/.test(name)).sort()
  const read = names.map((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const head = comment(text)
    return { name, title: basename(name, extname(name)).replaceAll('_', '-'), text, head, dates: dates(head) }
  })
  for (const file of read) write(`reference/facts/${file.title}.md`, factPage(file))
  const rows = read.map((file) => [`[${file.title}](./${file.title}.md)`, cell(firstSentence(file.head)), file.dates])
  let text = '# Facts\n\nWhat the program knows of Django, Python, servers and packages is data with a source, and no code. A new release is a\n'
  text += `change of these files in [rules/facts](${HOME}/tree/main/rules/facts).\n\n`
  text += `${table(['table', 'what it says', 'read on'], rows)}\n`
  text += 'The field names come from [rules/field_library.csv]' + `(${HOME}/blob/main/rules/field_library.csv).\n`
  write('reference/facts/index.md', text)
  return read.map((file) => file.title)
}

/** The comment at the head of a file. */
function comment(text) {
  const lines = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('#')) break
    lines.push(line.replace(/^# ?/, ''))
  }
  return lines.join('\n').trim()
}

function firstSentence(text) {
  return (/^[\s\S]*?[.:](?=\s|$)/.exec(text)?.[0] ?? text).replace(/:$/, '.')
}

/** Days and months that a text names. */
function dates(text) {
  return [...new Set([...text.matchAll(/\b20\d\d-\d\d(?:-\d\d)?\b/g)].map((match) => match[0]))].join(', ')
}

/** A comment as prose: addresses become links, indented lines stay as they are. */
function asProse(text) {
  return prose(text).replace(/(?<![\w/(])(https?:\/\/[^\s,;)]+[^\s,;).])/g, '<$1>')
}

function factPage(file) {
  let text = `---\nsearch: ${file.text.length < 30000}\n---\n\n# ${file.title}\n\n${asProse(file.head)}\n\n`
  text += `Source: [rules/facts/${file.name}](${HOME}/blob/main/rules/facts/${file.name})\n\n`
  if (file.name.endsWith('.tsv')) {
    const rows = file.text.split('\n').filter((line) => line && !line.startsWith('#'))
    return `${text}## ${rows.length} rows\n\n${fence('txt', rows.join('\n'))}`
  }
  const values = parse(file.text)
  const plain = []
  for (const [key, value] of Object.entries(values)) {
    if (Array.isArray(value) && value.every(isTable)) text += `## ${key}\n\n${records(value)}\n`
    else if (isTable(value) && Object.values(value).every(isTable)) text += `## ${key}\n\n${keyed(value)}\n`
    else if (isTable(value)) text += `## ${key}\n\n${table(['key', 'value'], Object.entries(value).map(([k, v]) => [code(k), shown(v)]))}\n`
    else plain.push([code(key), shown(value)])
  }
  if (plain.length) text += `## Values\n\n${table(['key', 'value'], plain)}\n`
  return text
}

const isTable = (value) => value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)
const code = (text) => `\`${cell(text)}\``

/** An array of tables: one row each, a column for every key that any of them has. */
function records(rows) {
  const keys = [...new Set(rows.flatMap((entry) => Object.keys(entry)))]
  const source = (entry) => keys.map((key) => (key in entry ? shown(entry[key]) : ''))
  return rows.length > MOST ? fence('txt', rows.map((entry) => JSON.stringify(entry)).join('\n')) : table(keys.map(cell), rows.map(source))
}

/** A table of tables: the name is the first column. */
function keyed(value) {
  return records(Object.entries(value).map(([name, entry]) => ({ name, ...entry })))
}

/** A value in a cell. */
function shown(value) {
  if (Array.isArray(value)) return value.map(shown).join(', ')
  if (value instanceof Date) return cell(value.toISOString())
  if (isTable(value)) return Object.entries(value).map(([key, entry]) => `${cell(key)}: ${shown(entry)}`).join('; ')
  const text = cell(value)
  return /^https?:\/\/\S+$/.test(text) ? `<${text}>` : text.replace(/([_*[\]~])/g, '\\$1')
}
