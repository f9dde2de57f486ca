const left = document.getElementById('left')
const minutes = document.getElementById('minutes')
const start = document.getElementById('start')
let timer

const show = (seconds) => {
  left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

minutes.addEventListener('input', () => show(minutes.value * 60))

start.addEventListener('click', () => {
  clearInterval(timer)
  let seconds = minutes.value * 60
  show(seconds)
  timer = setInterval(() => {
    seconds -= 1
    show(seconds)
    if (seconds > 0) return
    clearInterval(timer)
    left.textContent = 'Tea!'
  }, 1000)
})
