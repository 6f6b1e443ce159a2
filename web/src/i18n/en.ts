/** The shell's strings in English. */
export default {
  app: { name: 'Pokja' },
}
