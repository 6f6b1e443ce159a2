import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

const only = (module, where) => ({
  paths: [{ name: module, message: `Only ${where} may import ${module}.` }],
})

export default ts.config(
  { ignores: ['node_modules', 'dist'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: { globals: { ...globals.browser, ...globals.serviceworker } },
    rules: {
      // Formatting of templates is left to the writer.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/attributes-order': 'off',
      'vue/multi-word-component-names': 'off',
      // Optional props are `undefined` on purpose.
      'vue/require-default-prop': 'off',
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Only src/api.ts calls fetch.' },
        { name: 'indexedDB', message: 'Only src/db/ touches IndexedDB.' }],
    },
  },
  { files: ['src/**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  { files: ['src/**'], ignores: ['src/db/**'], rules: { 'no-restricted-imports': ['error', only('idb', 'src/db/')] } },
  { files: ['src/api.ts', 'src/sw/**', 'test/**'], rules: { 'no-restricted-globals': 'off' } },
)
