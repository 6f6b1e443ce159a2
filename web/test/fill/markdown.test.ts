// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { describe, expect, test, vi } from 'vitest'
import { Markdown } from '../../src/fill/markdown'

vi.mock('../../src/engine', () => ({}))

const drawn = (html: string): string => {
  const nodes = [{ role: 'html', id: '1', unsafeHtml: html }]
  return mount(Markdown as never, { props: { nodes } as never }).html().replace(/\n\s*/g, '')
}

describe('raw HTML of a form’s author', () => {
  test.each([
    ['<b>tebal</b> dan <i>miring</i>', '<span><b>tebal</b> dan <i>miring</i></span>'],
    ['H<sub>2</sub>O<br>satu', '<span>H<sub>2</sub>O<br>satu</span>'],
    ['<ul><li>satu</li></ul>', '<span><ul><li>satu</li></ul></span>'],
    ['<a href="https://x.example/?a=1&b=2" onclick="x()">situs</a>',
      '<span><a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">situs</a></span>'],
    ['3 &lt; 4 &amp;amp; 5', '<span>3 &lt; 4 &amp;amp; 5</span>'],
    ['<font color="red"><table><tr><td>isi</td></tr></table></font>', '<span>isi</span>'],
  ])('%j is drawn as %j', (html, expected) => {
    expect(drawn(html)).toBe(expected)
  })

  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<svg><style><img src=x onerror=alert(1)></style></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java&#10;script:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<b style="background:url(//x)" onmouseover=alert(1)>x</b>',
    '<form action="//x"><input name=q><button>x</button></form>',
    '<style>@import "//x"</style>',
    '<template><img src=x onerror=alert(1)></template>',
  ])('%j brings no script, no address and no attribute', (html) => {
    const box = document.createElement('div')
    box.innerHTML = drawn(html)
    for (const element of box.querySelectorAll('*')) {
      expect([element.localName, element.getAttributeNames()]).toEqual([expect.stringMatching(/^(span|a|b|p)$/), []])
    }
  })

  test('text that looks like markup stays text', () => {
    expect(drawn('&lt;img src=x onerror=alert(1)&gt;')).toBe('<span>&lt;img src=x onerror=alert(1)&gt;</span>')
  })
})
