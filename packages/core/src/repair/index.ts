/** What `border: 'repair'` needs where sizes are free; an entry of its own, for those who ask for it. */
export { appendOnes } from './append-ones.ts';
