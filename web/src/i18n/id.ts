/** The shell's strings in Indonesian (glossary: DOMAIN §6). */
export default {
  app: { name: 'Pokja' },
}
