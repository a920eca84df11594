; The companion's scheduled task is made and removed by the program that knows how, as the person who installs.
!macro NSIS_HOOK_PREINSTALL
  ; An upgrade cannot replace a program that runs. On the first installation there is none.
  IfFileExists "$INSTDIR\rightdoorctl.exe" 0 +2
    nsExec::Exec '"$INSTDIR\rightdoorctl.exe" supervise remove'
!macroend

!macro NSIS_HOOK_POSTINSTALL
  nsExec::Exec '"$INSTDIR\rightdoorctl.exe" supervise install'
!macroend

!macro NSIS_HOOK_PREUNINSTALL
  nsExec::Exec '"$INSTDIR\rightdoorctl.exe" supervise remove'
!macroend
