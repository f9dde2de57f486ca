/** What a guest is called until they say otherwise: friendly, and rarely the same for two people in one project. */
import { randomInt } from 'node:crypto'

const adjectives = [
  ...['Agile', 'Amber', 'Brave', 'Bright', 'Calm', 'Candid', 'Cheerful', 'Clever', 'Cosy', 'Curious', 'Daring', 'Dapper'],
  ...['Eager', 'Early', 'Electric', 'Fearless', 'Gentle', 'Golden', 'Happy', 'Honest', 'Humble', 'Jolly', 'Keen', 'Kind'],
  ...['Lively', 'Lucky', 'Lunar', 'Mellow', 'Merry', 'Mighty', 'Modest', 'Nimble', 'Noble', 'Patient', 'Playful', 'Polite'],
  ...['Quick', 'Quiet', 'Radiant', 'Silver', 'Sincere', 'Sleepy', 'Smiling', 'Snowy', 'Solar', 'Steady', 'Sunny', 'Swift'],
  ...['Tender', 'Thoughtful', 'Tidy', 'Tireless', 'Velvet', 'Wandering', 'Warm', 'Whistling', 'Wise', 'Witty', 'Zesty'],
] as const

const animals = [
  ...['Albatross', 'Alpaca', 'Antelope', 'Badger', 'Beaver', 'Bison', 'Butterfly', 'Capybara', 'Caribou', 'Cat', 'Chinchilla'],
  ...['Crane', 'Cricket', 'Curlew', 'Dolphin', 'Dormouse', 'Dragonfly', 'Falcon', 'Ferret', 'Finch', 'Firefly', 'Fox', 'Gecko'],
  ...['Gazelle', 'Hare', 'Hedgehog', 'Heron', 'Hippo', 'Hoopoe', 'Ibex', 'Jackdaw', 'Kestrel', 'Kingfisher', 'Koala', 'Lemur'],
  ...['Lynx', 'Magpie', 'Manatee', 'Marmot', 'Marten', 'Meerkat', 'Mole', 'Moose', 'Narwhal', 'Newt', 'Octopus', 'Osprey'],
  ...['Otter', 'Owl', 'Panda', 'Pelican', 'Penguin', 'Platypus', 'Puffin', 'Quokka', 'Raccoon', 'Raven', 'Robin', 'Salamander'],
  ...['Seahorse', 'Seal', 'Sparrow', 'Squirrel', 'Stork', 'Swan', 'Tapir', 'Toucan', 'Turtle', 'Walrus', 'Wombat', 'Wren'],
] as const

/** `pick(below)`: a whole number from 0 up to, but not, `below`. */
export const guestName = (pick: (below: number) => number = randomInt): string =>
  `${adjectives[pick(adjectives.length)]} ${animals[pick(animals.length)]}`
