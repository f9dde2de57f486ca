/** What people are called on the page. Nobody has to choose a name: who has none is an animal, the same one on every page. */

/** The server's word for somebody without a name. */
export const namelessName = 'Guest'
export const nameLength = 40

const animals = [
  ...[
    'Badger',
    'Beaver',
    'Bison',
    'Caribou',
    'Cheetah',
    'Cormorant',
    'Crane',
    'Cricket',
    'Curlew',
    'Dolphin',
    'Dormouse',
    'Egret',
  ],
  ...[
    'Falcon',
    'Ferret',
    'Finch',
    'Firefly',
    'Gazelle',
    'Gecko',
    'Heron',
    'Hoopoe',
    'Ibex',
    'Ibis',
    'Jackdaw',
    'Jaguar',
    'Kestrel',
  ],
  ...[
    'Kingfisher',
    'Kiwi',
    'Koala',
    'Lark',
    'Lemur',
    'Lynx',
    'Magpie',
    'Manatee',
    'Marten',
    'Meerkat',
    'Moose',
    'Narwhal',
    'Newt',
  ],
  ...[
    'Nuthatch',
    'Ocelot',
    'Octopus',
    'Okapi',
    'Oriole',
    'Otter',
    'Owl',
    'Panda',
    'Pangolin',
    'Pelican',
    'Penguin',
    'Plover',
    'Puffin',
  ],
  ...[
    'Quail',
    'Quokka',
    'Raven',
    'Robin',
    'Salamander',
    'Seal',
    'Sparrow',
    'Squirrel',
    'Stork',
    'Swallow',
    'Swift',
    'Tapir',
    'Tern',
  ],
  ...['Toucan', 'Turtle', 'Vicuna', 'Walrus', 'Weasel', 'Wombat', 'Woodpecker', 'Wren', 'Yak', 'Zebra'],
] as const

/** The name to show: the chosen one, or “Guest Otter”. */
export function shownName(userId: string, name: string): string {
  const chosen = name.trim()
  if (chosen !== '' && chosen !== namelessName) return chosen
  return userId === '' ? namelessName : `${namelessName} ${animals[numberOf(userId) % animals.length]}`
}

/** One or two letters for a small circle: of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u)
  const letter = (word: string | undefined): string => Array.from(word ?? '')[0]?.toLocaleUpperCase('en') ?? ''
  return letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : '')
}

function numberOf(id: string): number {
  let sum = 0
  for (let at = 0; at < id.length; at += 1) sum = (sum * 31 + id.charCodeAt(at)) >>> 0
  return sum
}
