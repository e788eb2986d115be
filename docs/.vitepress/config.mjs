import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

const HOME = 'https://github.com/TencentBlueKing/bklog-lint'
// Written by generate/main.mjs: families of rules with their rules, and names of the tables of facts, and
// whether the README has a section on editors.
const { families, tables, editor } = JSON.parse(readFileSync('generated.json', 'utf8'))

const guide = [
  { text: 'Getting started', link: '/guide/getting-started' },
  { text: 'The Action', link: '/guide/action' },
  { text: 'Planning an upgrade', link: '/guide/plan' },
  { text: 'The deploy gate', link: '/guide/gate' },
  { text: 'A whole organization', link: '/guide/organization' },
  ...(editor ? [{ text: 'In the editor', link: '/guide/editor' }] : []),
]
const background = [
  { text: 'How it works', link: '/guide/how-it-works' },
  { text: 'Limits', link: '/guide/limits' },
  { text: 'Comparison', link: '/guide/comparison' },
  { text: 'Contributing', link: '/guide/contributing' },
  { text: 'Changelog', link: '/changelog' },
]
const reference = [
  { text: 'Command line', link: '/reference/command-line' },
  { text: 'Configuration', link: '/reference/configuration' },
  { text: 'Rules', link: '/rules/' },
  { text: 'Facts', link: '/reference/facts/' },
]

export default defineConfig({
  srcDir: 'pages',
  outDir: '../docs-site',
  // Pages serves a project below its name.
  base: process.env.DOCS_BASE ?? '/bklog-lint/',
  title: 'bklog-lint',
  description: 'Tells a Django team on MySQL or MariaDB what would go wrong with an upgrade, before it starts',
  cleanUrls: false,
  lastUpdated: false,
  // Braces in the text of facts and rules are no attributes.
  markdown: { attrs: { disable: true }, languageAlias: { console: 'shellsession' } },
  themeConfig: {
    i18nRouting: false,
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: HOME }],
    outline: [2, 3],
  },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      themeConfig: {
        nav: [
          { text: 'Guide', link: '/guide/getting-started', activeMatch: '/guide/' },
          { text: 'Rules', link: '/rules/', activeMatch: '/rules/' },
          { text: 'Reference', link: '/reference/command-line', activeMatch: '/reference/' },
        ],
        sidebar: {
          '/': [
            { text: 'Guide', items: guide },
            { text: 'Reference', items: reference },
            { text: 'Background', items: background },
          ],
          '/rules/': [
            { text: 'All rules', link: '/rules/' },
            ...families.map((family) => ({
              text: family.name,
              collapsed: true,
              items: family.rules.map((rule) => ({
                text: `${rule.code} ${rule.name}`,
                link: `/rules/${family.name}/${rule.name}`,
              })),
            })),
          ],
          '/reference/facts/': [
            { text: 'Reference', items: reference },
            { text: 'Facts', items: tables.map((name) => ({ text: name, link: `/reference/facts/${name}` })) },
          ],
        },
      },
    },
    zh: {
      label: '简体中文',
      lang: 'zh-CN',
      themeConfig: {
        nav: [
          { text: '快速开始', link: '/zh/guide/getting-started' },
          { text: '部署闸门', link: '/zh/guide/gate' },
          { text: '规则', link: '/zh/rules' },
        ],
        sidebar: [
          {
            text: '指南',
            items: [
              { text: '快速开始', link: '/zh/guide/getting-started' },
              { text: '部署闸门', link: '/zh/guide/gate' },
              { text: '规则', link: '/zh/rules' },
            ],
          },
          { text: '英文文档', items: [...guide, ...reference, ...background] },
        ],
        outline: { level: [2, 3], label: '本页内容' },
        docFooter: { prev: '上一页', next: '下一页' },
        returnToTopLabel: '回到顶部',
        sidebarMenuLabel: '菜单',
        darkModeSwitchLabel: '外观',
        langMenuLabel: '语言',
      },
    },
  },
})
