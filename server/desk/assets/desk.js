// What the desk's pages do beyond plain links and forms. Every page works without it.
'use strict'

// A short word after an action goes away by itself, and so does its mark in the address.
function tell() {
  const told = document.querySelector('[data-told]')
  if (!told) return
  const address = new URL(location.href)
  address.searchParams.delete('told')
  history.replaceState(null, '', address)
  setTimeout(() => told.remove(), 6000)
}

document.addEventListener('DOMContentLoaded', tell)
