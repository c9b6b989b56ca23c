# PowerShell never loads this file. It is here because Test-ModuleManifest, and with it Publish-PSResource, looks for a
# file for each nested module, and the cmdlets' assembly must not lie where that looks: from there PowerShell would load
# it by path into the default load context. The manifest names it without a path, and ProcessDedup.Loader.dll gives
# lib/ProcessDedup.dll in the module's own context.
throw 'Import ProcessDedup.psd1.'
