/**
 * Where the text is inside a Y.Doc. A page that brings its own editor binds it to `doc.getText(sharedTextName)`; what it writes
 * to other places of the document is stored, and is no part of the file.
 */
export const sharedTextName = 'content'
