Set-Content built.txt 'built'
