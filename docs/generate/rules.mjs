// A page for every rule, and indexes in English and Chinese.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { HOME, cell, prose, table } from './text.mjs'

const WORDS = { error: 'error', warning: 'warning', info: 'info' }
const WORDS_ZH = { error: '错误', warning: '警告', info: '提示' }

/** Writes the pages; returns the families with their rules, for the sidebar. */
export function rules(folder, write) {
  const families = []
  for (const family of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    if (family.name === 'facts') continue
    const pages = readdirSync(join(folder, family.name)).filter((name) => name.endsWith('.md'))
    const read = pages.map((name) => page(readFileSync(join(folder, family.name, name), 'utf8')))
    read.sort((a, b) => (a.code < b.code ? -1 : 1))
    for (const rule of read) write(`rules/${family.name}/${rule.name}.md`, ruleText(rule))
    families.push({ name: family.name, rules: read.map(({ body, references, ...rule }) => rule) })
  }
  const count = families.reduce((sum, family) => sum + family.rules.length, 0)
  write('rules/index.md', index(families, count))
  write('zh/rules.md', indexZh(families, count))
  return families
}

/** The front matter and the text of a rule page. */
function page(text) {
  const [, front, body] = /^\+\+\+\n([\s\S]*?)\n\+\+\+\n([\s\S]*)$/.exec(text)
  return { ...parse(front), body }
}

function ruleText(rule) {
  const references = rule.references ?? []
  let text = `---\ntitle: ${JSON.stringify(`${rule.code} ${rule.name}`)}\n---\n\n`
  text += `# ${rule.code} ${rule.name}\n\n**${prose(rule.title)}**\n\n`
  text += table(['family', 'severity', 'since'], [[`[${rule.family}](../index.md#${rule.family})`, WORDS[rule.severity], rule.since]])
  text += `\n::: details 中文 · ${prose(rule.title_zh)}\n${prose(rule.summary_zh)}\n:::\n\n`
  text += examples(rule.body)
  if (references.length) text += `\n## Sources\n\n${references.map((url) => `- <${url}>`).join('\n')}\n`
  text += `\n## On the command line\n\n\`\`\`sh\nbklog-lint explain ${rule.code}\nbklog-lint explain ${rule.code} --lang zh\n\`\`\`\n\n`
  text += `Accept a finding with \`# bklog-lint: ignore[${rule.code}] reason\`; the page's source is\n`
  text += `[rules/${rule.family}/${rule.name}.md](${HOME}/blob/main/rules/${rule.family}/${rule.name}.md), whose examples are tests.\n`
  return text
}

/** The examples as boxes: the files of one example together, each below its path, with the reported lines marked. */
function examples(body) {
  const parts = body.split(/(^```[\s\S]*?^```$)/m)
  let text = ''
  let open = null
  const close = () => {
    if (open !== null) text += '\n:::\n'
    open = null
  }
  for (const part of parts) {
    const found = /^```(\S*) (.*)\n([\s\S]*?)^```$/m.exec(part)
    if (!part.startsWith('```') || !found || !/\bpath=/.test(found[2])) {
      if (part.trim()) {
        close()
        text += part.startsWith('```') ? part : prose(part)
      }
      continue
    }
    const [, language, info, code] = found
    const bad = /\bbad\b/.test(info)
    const example = `${bad} ${/example=(\S+)/.exec(info)?.[1] ?? ''}`
    if (open !== example || example.endsWith(' ')) {
      close()
      text += `\n::: ${bad ? 'danger Reported' : 'tip Not reported'}\n`
      open = example
    }
    const notes = []
    if (/\bbase\b/.test(info)) notes.push('in the base revision')
    if (/\bunreadable\b/.test(info)) notes.push('not readable')
    const encoding = /encoding=(\S+)/.exec(info)
    if (encoding) notes.push(encoding[1])
    const raised = [...info.matchAll(/raises=\S+?(?::(\d+))?(?= |$)/g)]
    if (raised.length) notes.push(raised.map(([, line]) => (line ? `reported in line ${line}` : 'reported on the file')).join(', '))
    const path = /path=(\S+)/.exec(info)[1]
    text += `\n\`${path}\`${notes.length ? ` (${notes.join('; ')})` : ''}\n\n\`\`\`${shown(language)}\n${marked(code)}\`\`\`\n`
  }
  close()
  return text
}

/** Languages that the highlighter knows; any other is plain text. */
function shown(language) {
  return { dockerfile: 'docker', text: 'txt', '': 'txt' }[language] ?? language
}

/** `# <- CODE` becomes the mark that the site draws. */
function marked(code) {
  return code.replace(/(#|--|\/\/) <- [A-Z]{3}\d{3}(?:, ?[A-Z]{3}\d{3})*/g, '$1 [!code error]')
}

function index(families, count) {
  let text = `# Rules\n\n${count} rules in ${families.length} families. \`bklog-lint rules\` lists them, \`bklog-lint explain RULE\` prints the page of one.\n\n`
  text += 'Every page says what is checked, why it matters and how to fix it. The examples on the pages are run by the test suite.\n\n'
  for (const family of families) {
    const rows = family.rules.map((rule) => [
      `[${rule.code}](./${family.name}/${rule.name}.md)`,
      `\`${rule.name}\``,
      WORDS[rule.severity],
      cell(rule.title),
    ])
    text += `## ${family.name}\n\n${table(['code', 'name', 'severity', 'what it finds'], rows)}\n`
  }
  return text
}

function indexZh(families, count) {
  let text = `# 规则\n\n共 ${families.length} 类 ${count} 条规则。\`bklog-lint rules --lang zh\` 列出全部规则，\`bklog-lint explain RULE --lang zh\` 显示中文说明。\n\n`
  for (const family of families) {
    const rows = family.rules.map((rule) => [
      `[${rule.code}](../rules/${family.name}/${rule.name}.md)`,
      WORDS_ZH[rule.severity],
      cell(rule.title_zh),
    ])
    text += `## ${family.name}\n\n${table(['编号', '级别', '说明'], rows)}\n`
  }
  return text
}
