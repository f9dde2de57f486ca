/** Shows the notices; loaded with the first of them. */
import { createRoot } from 'react-dom/client'
import { Toaster, toast } from 'sonner'
import './toasts.css'

const host = document.createElement('div')
document.body.append(host)
createRoot(host).render(
  <Toaster position="bottom-right" offset={{ bottom: 44, right: 16 }} mobileOffset={{ bottom: 72 }} visibleToasts={4} gap={8} />,
)

export { toast }
