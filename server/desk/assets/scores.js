// Pages of scores: a link into a folded dimension unfolds it. Without this, the dimension is unfolded by hand.
'use strict'

function unfold(selector) {
  const target = selector && document.querySelector(selector)
  const folded = target?.closest('details')
  if (folded) folded.open = true
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-open]')
  if (link) unfold(link.dataset.open)
})
if (/^#[\w-]+$/.test(location.hash)) unfold(location.hash)
