/** A file that goes with a mail, or into a folder. */
export interface MailFile {
  name: string
  type: string
  content: Buffer
}
