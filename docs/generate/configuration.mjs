// The configuration, from its JSON Schema.

import { cell, prose, table } from './text.mjs'

/** The page: the keys of the file, and a section for each kind of table that they lead to. */
export function configuration(schema) {
  const definitions = schema.definitions
  const name = (reference) => reference.split('/').pop()
  const anchor = (title) => `[${title}](#${title.toLowerCase()})`
  const isTable = (title) => definitions[title].type === 'object'
  const wanted = []

  /** What a value may be, with links to the tables. */
  function kind(value) {
    if (value.$ref) {
      const title = name(value.$ref)
      const found = definitions[title]
      if (isTable(title)) {
        if (!wanted.includes(title)) wanted.push(title)
        return anchor(title)
      }
      if (found.oneOf) return found.oneOf.flatMap((one) => (one.enum ?? [one.const]).map((word) => `\`"${word}"\``)).join(', ')
      if (found.enum) return found.enum.map((word) => `\`"${word}"\``).join(', ')
      return title === 'Text' || !found.description ? plain(found) : cell(found.description)
    }
    const several = value.anyOf ?? value.allOf ?? value.oneOf
    if (several) return several.filter((one) => one.type !== 'null').map(kind).join(' or ')
    return plain(value)
  }

  function plain(value) {
    const types = [value.type].flat().filter((type) => type && type !== 'null')
    if (types.includes('array')) return value.items ? `list of ${kind(value.items)}` : 'list'
    if (types.includes('object')) {
      const entry = value.additionalProperties
      return entry && typeof entry === 'object' ? `table of ${kind(entry)}` : 'table'
    }
    return types.join(' or ') || 'any'
  }

  /** A default that says something. */
  function standard(value) {
    const given = value.default
    const empty = given === undefined || given === null || given === '' || JSON.stringify(given).length < 3
    return empty || typeof given === 'object' ? '' : `\`${cell(JSON.stringify(given))}\``
  }

  function keys(object) {
    const rows = Object.entries(object.properties ?? {}).map(([key, value]) => [
      `\`${key}\``,
      kind(value),
      cell(value.description ?? ''),
      standard(value),
    ])
    return table(['key', 'value', 'meaning', 'default'], rows)
  }

  let page = '# Configuration\n\n'
  page += '`bklog-lint.toml`, or `[tool.bklog-lint]` in `pyproject.toml`, found upwards from the path. Unknown keys and rules are errors\n'
  page += 'that name the nearest right word. `bklog-lint init` writes a commented file; [the JSON Schema](/config.schema.json) is for\n'
  page += 'editors, and this page is made from it.\n\n'
  page += `## Keys of the file\n\n${keys(schema)}\n`
  for (let at = 0; at < wanted.length; at++) {
    const found = definitions[wanted[at]]
    page += `## ${wanted[at]}\n\n${prose(found.description ?? '')}\n\n${keys(found)}\n`
  }
  return page
}
