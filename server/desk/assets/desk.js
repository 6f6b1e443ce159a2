// What the desk's pages do beyond plain links and forms. Every page works without it.
'use strict'

const one = (selector, from = document) => from.querySelector(selector)
const all = (selector, from = document) => [...from.querySelectorAll(selector)]

// A short word after an action goes away by itself, and so does its mark in the address.
function tell() {
  const told = one('[data-told]')
  if (!told) return
  const address = new URL(location.href)
  address.searchParams.delete('told')
  address.searchParams.delete('about')
  history.replaceState(null, '', address)
  setTimeout(() => { if (!told.matches(':hover, :focus-within')) told.remove() }, 8000)
}

// A secret behind the # of an address goes into its form, and out of the address before anybody reads it there.
function takeFragment() {
  const field = one('[data-from-fragment]')
  if (!field || location.hash.length < 2) return
  field.value = location.hash.slice(1)
  history.replaceState(null, '', location.pathname)
}

// Links marked data-dialog open the form of their page over the present one.
async function openDialog(link) {
  const dialog = one('#dialog')
  let page
  try {
    const answer = await fetch(link.href, { headers: { 'X-Requested-With': 'XMLHttpRequest' } })
    page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  } catch {
    page = null
  }
  const content = page && one('[data-dialog-content]', page)
  if (!content || !dialog) {
    location.href = link.href
    return
  }
  content.classList.remove('card')
  dialog.replaceChildren(document.importNode(content, true))
  all('[data-mirror]', dialog).forEach(mirror)
  dialog.showModal()
  one('textarea, input:not([type=hidden])', dialog)?.focus()
}

// The preview shows the text while it is typed: exactly what the worker will read.
function mirror(field) {
  const shown = one(field.dataset.mirror)
  const show = () => { if (shown) shown.textContent = field.value.trim() || shown.dataset.empty || '' }
  field.addEventListener('input', show)
  show()
}

// Photos come by themselves on a wide screen, on a phone when they are asked for.
function showPhoto(link) {
  if (!link.dataset.photo) return
  const picture = new Image()
  picture.src = link.dataset.photo
  picture.alt = link.dataset.name
  picture.loading = 'lazy'
  link.classList.remove('ask')
  link.replaceChildren(picture)
  delete link.dataset.photo
}

function enlarge(link) {
  const dialog = one('#dialog')
  const picture = new Image()
  picture.src = link.href
  picture.alt = link.dataset.name
  const close = document.createElement('button')
  close.textContent = dialog.dataset.closeWords
  close.addEventListener('click', () => dialog.close())
  dialog.classList.add('photo')
  dialog.addEventListener('close', () => dialog.classList.remove('photo'), { once: true })
  dialog.replaceChildren(picture, close)
  dialog.showModal()
}

const KEYS = 'desk.keys'
const keysOn = () => localStorage.getItem(KEYS) !== 'off'

function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || one('dialog[open]')) return
  // A field of a dialog that has just been closed still has the focus for a moment.
  if (event.target.closest('input, textarea, select, [contenteditable]') && !event.target.closest('dialog:not([open])')) return
  if (event.key === '?') return one('#keys')?.showModal()
  if (!keysOn()) return
  const target = all('[data-key]').find((element) => element.dataset.key.split(' ').includes(event.key.toLowerCase()))
  if (!target) return
  event.preventDefault()
  target.click()
}

function click(event) {
  const link = event.target.closest('a')
  if (event.target.closest('[data-keys-open]')) return one('#keys').showModal()
  if (event.target.closest('[data-dialog-close]') && one('#dialog[open]')) {
    event.preventDefault()
    return one('#dialog').close()
  }
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (link.matches('[data-dialog]') && one('#dialog')) {
    event.preventDefault()
    openDialog(link)
  } else if (link.matches('[data-photo]')) {
    event.preventDefault()
    showPhoto(link)
  } else if (link.matches('[data-name]') && one('#dialog')) {
    event.preventDefault()
    enlarge(link)
  }
}

function copy(event) {
  const button = event.target.closest('[data-copy]')
  if (!button) return
  const field = one(button.dataset.copy)
  field.select()
  navigator.clipboard?.writeText(field.value).then(() => { button.textContent = button.dataset.done })
}

document.addEventListener('DOMContentLoaded', () => {
  document.documentElement.dataset.ready = '' // keys work from here on
  tell()
  takeFragment()
  all('[data-mirror]').forEach(mirror)
  all('[data-hide]').forEach((element) => { element.hidden = true })
  if (matchMedia('(max-width: 640px)').matches) all('[data-fold=yes]').forEach((element) => { element.open = false })
  all('[data-keys-open]').forEach((element) => { element.hidden = false })
  if (matchMedia('(min-width: 901px)').matches && !navigator.connection?.saveData) all('a[data-photo]').forEach(showPhoto)
  one('#dialog')?.addEventListener('close', (event) => event.target.replaceChildren())
  const keys = one('[data-keys-switch]')
  if (keys) {
    keys.checked = keysOn()
    keys.addEventListener('change', () => localStorage.setItem(KEYS, keys.checked ? 'on' : 'off'))
  }
  // One decision per page: a second tap while the first one travels must not count.
  document.addEventListener('submit', (event) => {
    if (event.target.dataset.sent) return event.preventDefault()
    if (event.target.method === 'post') event.target.dataset.sent = 'yes'
  })
})
addEventListener('pageshow', (event) => { if (event.persisted) all('[data-sent]').forEach((form) => delete form.dataset.sent) })
document.addEventListener('keydown', press)
document.addEventListener('click', click)
document.addEventListener('click', copy)
