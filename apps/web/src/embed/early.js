const root = document.documentElement
if (root.dataset.theme === 'auto') root.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
