// Makes the pages that are generated: rules, facts, configuration, command line, contributing, diagrams.
// usage: node generate/main.mjs REPOSITORY PROGRAM   (below target/docs, which scripts/docs fills)

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { commandLine } from './command-line.mjs'
import { configuration } from './configuration.mjs'
import { diagrams } from './diagrams.mjs'
import { facts } from './facts.mjs'
import { rules } from './rules.mjs'
import { repositoryLinks, section } from './text.mjs'

const repository = resolve(process.argv[2])
const program = resolve(process.argv[3])
const pages = resolve('pages')

/** Writes a page below the pages of the site. */
function write(path, text) {
  const file = join(pages, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const read = (path) => readFileSync(join(repository, path), 'utf8')

const families = rules(join(repository, 'rules'), write)
write('reference/command-line.md', commandLine(program))
write('reference/configuration.md', configuration(JSON.parse(read('rules/config.schema.json'))))
const tables = facts(join(repository, 'rules/facts'), write)
write('guide/contributing.md', repositoryLinks(read('CONTRIBUTING.md')))
write('changelog.md', `---\nsearch: false\n---\n\n${repositoryLinks(read('CHANGELOG.md'))}`)
// What the README says of the comparison is measured by scripts/compare; the page shows the same block.
const block = /<!-- scripts\/compare writes this -->\n([\s\S]*?)<!-- until here -->/.exec(read('README.md'))
if (!block) throw new Error('README.md has no table of scripts/compare')
const comparison = readFileSync(join(pages, 'guide/comparison.md'), 'utf8')
write('guide/comparison.md', comparison.replace('<!-- the table of README.md -->', block[1]))
// Sections of the README that are a page of their own here.
const editor = section(read('README.md'), 'In the editor')
const fixing = section(read('README.md'), 'Fixing')
if (editor) write('guide/editor.md', repositoryLinks(`# In the editor\n\n${editor}${fixing ? `\n## Fixing\n\n${fixing}` : ''}`))
await diagrams(resolve('diagrams'), join(pages, 'public'))
writeFileSync('generated.json', JSON.stringify({ families, tables, editor: Boolean(editor) }))
cpSync(join(repository, 'rules/config.schema.json'), join(pages, 'public/config.schema.json'))
